"""Lines of JSON over real pipes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from parfocal_worker import _protocol
from parfocal_worker._errors import ProtocolError
from parfocal_worker._protocol import MAX_LINE_BYTES, Channel, decode_line, encode_line

Pipe = tuple[int, list[int]]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Both ends of a pipe, the writing one as a list that is emptied when it is closed."""
    reader, writer = os.pipe()
    open_ends = [writer]
    yield reader, open_ends
    for end in [reader, *open_ends]:
        os.close(end)


def test_messages_arrive_whole_however_they_are_cut(pipe: Pipe) -> None:
    reader, (writer,) = pipe
    channel = Channel(reader, -1)
    data = encode_line({"type": "a", "text": "ü 核"}) + encode_line({"type": "b"})
    for index in range(len(data)):
        os.write(writer, data[index : index + 1])
    assert channel.receive() == {"type": "a", "text": "ü 核"}
    assert channel.receive() == {"type": "b"}


def test_the_end_is_none_even_within_a_line(pipe: Pipe) -> None:
    reader, ends = pipe
    channel = Channel(reader, -1)
    os.write(ends[0], b'{"type":"ha')
    os.close(ends.pop())
    assert channel.receive() is None


def test_messages_of_two_threads_are_not_mixed(pipe: Pipe) -> None:
    reader, (writer,) = pipe
    sending, receiving = Channel(-1, writer), Channel(reader, -1)

    def send(letter: str) -> None:
        for number in range(50):
            sending.send({"type": letter, "number": number, "fill": letter * 5000})

    threads = [threading.Thread(target=send, args=(letter,)) for letter in "xyz"]
    for thread in threads:
        thread.start()
    seen: dict[str, list[int]] = {"x": [], "y": [], "z": []}
    for _ in range(150):
        message = receiving.receive()
        assert message is not None
        seen[message["type"]].append(message["number"])
    for thread in threads:
        thread.join()
    assert all(numbers == list(range(50)) for numbers in seen.values())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"hello", "not UTF-8 JSON"),
        (b'{"type":"\xff"}', "not UTF-8 JSON"),
        (b"[1]", "not an object with a `type`"),
        (b'{"type":1}', "not an object with a `type`"),
        (b"[" * 200_000, "nests too deeply|not UTF-8 JSON"),
        (b"x" * (MAX_LINE_BYTES + 1), "longer than"),
    ],
    ids=["text", "bytes", "array", "number", "deep", "long"],
)
def test_bad_lines_are_refused(line: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        decode_line(line)


def test_a_line_without_end_is_given_up(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_protocol, "MAX_LINE_BYTES", 1000)
    reader, (writer,) = pipe
    os.write(writer, b"x" * 2000)
    with pytest.raises(ProtocolError, match="longer than 1000 bytes"):
        Channel(reader, -1).receive()


def test_numbers_that_json_lacks_become_null() -> None:
    line = encode_line({"type": "result", "info": {"a": [float("nan"), 1.5], "b": float("-inf")}})
    assert decode_line(line[:-1])["info"] == {"a": [None, 1.5], "b": None}


def test_messages_that_are_too_long_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_protocol, "MAX_LINE_BYTES", 100)
    with pytest.raises(ProtocolError, match="arrays do not belong into messages"):
        encode_line({"type": "result", "info": "x" * 100})
