"""Slots in a real folder, as host and worker use them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from parfocal_worker import _slots
from parfocal_worker._errors import ProtocolError, SlotsFullError
from parfocal_worker._npy import SlotArray
from parfocal_worker._slots import InputSlots, OutputSlots, SlotRef


@pytest.fixture
def outputs(tmp_path: Path) -> OutputSlots:
    """Output slots with an arena and a fallback folder that does not exist yet."""
    (tmp_path / "arena").mkdir()
    return OutputSlots(str(tmp_path / "arena"), str(tmp_path / "fallback"), "s1")


@pytest.mark.parametrize("dtype", ["bool", "uint16", "int64", "float32"])
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (30, 40), (2, 3, 4)], ids=str)
def test_an_array_comes_back_equal_and_read_only(outputs: OutputSlots, dtype: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    ref = SlotRef.from_message(outputs.write(values).to_message())
    for view in [InputSlots().view(ref), outputs.held_view(ref)]:
        assert view is not None
        assert view.dtype == values.dtype
        assert not view.flags.writeable
        np.testing.assert_array_equal(view, values)
    np.testing.assert_array_equal(np.load(ref.path, mmap_mode="r"), values)


def test_any_memory_order_is_written_in_c_order(outputs: OutputSlots) -> None:
    values = np.arange(24).reshape(2, 3, 4)
    for turned in [values.transpose(2, 0, 1), np.asfortranarray(values), values[:, ::-1, ::2]]:
        view = InputSlots().view(outputs.write(turned))
        np.testing.assert_array_equal(view, turned)
        assert view.flags.c_contiguous


def test_slots_are_used_again_with_a_higher_generation(outputs: OutputSlots) -> None:
    first = outputs.write(np.zeros(10))
    second = outputs.write(np.zeros(10))
    assert first.path != second.path
    assert outputs.release([first.path, "/elsewhere"]) == ["/elsewhere"]
    third = outputs.write(np.ones(20))
    assert (third.path, third.generation) == (first.path, first.generation + 1)
    assert outputs.held_view(first) is None
    np.testing.assert_array_equal(InputSlots().view(second), np.zeros(10))


def test_the_smallest_slot_that_fits_is_taken_and_small_ones_make_way(outputs: OutputSlots) -> None:
    small, large = outputs.write(np.zeros(10)), outputs.write(np.zeros(10**6))
    outputs.release([large.path, small.path])
    assert outputs.write(np.zeros(5)).path == small.path
    outputs.release([small.path])
    assert outputs.write(np.zeros(10**5)).path == large.path
    huge = outputs.write(np.zeros(10**7))
    assert sorted(os.listdir(outputs.folder)) == sorted(os.path.basename(path) for path in [large.path, huge.path])


def test_a_view_sees_the_slot_grow(outputs: OutputSlots, tmp_path: Path) -> None:
    inputs = InputSlots()
    path = str(tmp_path / "in.npy")
    for generation, length in enumerate([10, 5, 100_000, 3], start=1):
        values = np.arange(length, dtype=np.uint32)
        with open(path, "r+b" if generation > 1 else "w+b") as file:
            file.write(_slots.format_header(SlotArray("uint32", (length,))) + values.tobytes())
        view = inputs.view(SlotRef(path, generation, SlotArray("uint32", (length,))))
        np.testing.assert_array_equal(view, values)


def test_a_slot_that_is_not_what_the_message_says_is_refused(outputs: OutputSlots, tmp_path: Path) -> None:
    ref = outputs.write(np.zeros((2, 3), np.int32))
    inputs = InputSlots()
    inputs.view(ref)
    with pytest.raises(ProtocolError, match="which is over"):
        inputs.view(SlotRef(ref.path, ref.generation - 1, ref.array))
    with pytest.raises(ProtocolError, match=r"holds int32 \(2, 3\), the message says int32 \(3, 2\)"):
        inputs.view(SlotRef(ref.path, 9, SlotArray("int32", (3, 2))))
    with pytest.raises(ProtocolError, match="bytes, 1048704 are needed"):
        inputs.view(SlotRef(ref.path, 9, SlotArray("uint8", (2**20,))))
    with pytest.raises(ProtocolError, match="cannot be opened: No such file"):
        inputs.view(SlotRef(str(tmp_path / "gone.npy"), 1, ref.array))


@pytest.mark.parametrize(
    "change", [{"shape": [-1]}, {"shape": "ab"}, {"bytes": 1}, {"dtype": "object"}, {"path": None}]
)
def test_references_that_do_not_fit_are_refused(outputs: OutputSlots, change: dict[str, object]) -> None:
    message = outputs.write(np.zeros(3)).to_message() | change
    if change == {"path": None}:
        del message["path"]
    with pytest.raises(ProtocolError, match="names a slot wrongly"):
        SlotRef.from_message(message)


def full(folder: str) -> Callable[[int, int], None]:
    """A `reserve` for which one folder has no room."""
    reserve = _slots.reserve

    def limited(descriptor: int, size: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reserve(descriptor, size)

    return limited


def test_a_full_arena_falls_back_and_says_so(outputs: OutputSlots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_slots, "reserve", full(outputs.folder))
    ref = outputs.write(np.arange(5))
    assert os.path.dirname(ref.path) == outputs.fallback
    assert os.listdir(outputs.folder) == []
    assert os.stat(outputs.fallback).st_mode & 0o777 == 0o700
    (warning,) = outputs.take_warnings()
    assert warning == (f"shared memory is full ({outputs.folder}): 168 bytes went through a file in {outputs.fallback}")
    assert outputs.take_warnings() == []


def test_no_room_anywhere_is_an_error_and_leaves_nothing(
    outputs: OutputSlots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_slots, "reserve", full(str(tmp_path)))
    with pytest.raises(SlotsFullError, match="no room for 168 bytes: .* is full, and .*: No space left on device"):
        outputs.write(np.arange(5))
    assert os.listdir(outputs.folder) == os.listdir(outputs.fallback) == []


def test_a_folder_that_is_missing_is_not_a_full_one(tmp_path: Path) -> None:
    missing = OutputSlots(str(tmp_path / "none"), str(tmp_path / "fallback"), "s1")
    with pytest.raises(FileNotFoundError):
        missing.write(np.zeros(3, np.uint8))
    assert not (tmp_path / "fallback").exists()


def test_space_is_reserved_where_fallocate_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    with open(tmp_path / "slot", "w+b") as file:
        _slots.reserve(file.fileno(), 3_000_001)
        assert os.fstat(file.fileno()).st_size == 3_000_001
        assert os.fstat(file.fileno()).st_blocks * 512 >= 3_000_001


def test_an_allocated_array_is_written_where_it_lies(outputs: OutputSlots) -> None:
    labels = outputs.allocate((3, 4), np.dtype(np.int32))
    labels[:] = np.arange(12).reshape(3, 4)
    ref = outputs.write(labels)
    view = outputs.held_view(ref)
    assert view is not None
    assert np.shares_memory(view, labels)
    np.testing.assert_array_equal(InputSlots().view(ref), np.arange(12).reshape(3, 4))


def test_a_part_of_an_allocated_array_and_a_second_output_of_it_are_copied(outputs: OutputSlots) -> None:
    labels = outputs.allocate((4, 4), np.dtype(np.int32))
    labels[:] = np.arange(16).reshape(4, 4)
    lower, columns, whole, again = (outputs.write(part) for part in (labels[2:], labels[:, :2], labels, labels))
    assert len({lower.path, columns.path, whole.path, again.path}) == 4
    for ref, values in [(lower, labels[2:]), (columns, labels[:, :2]), (whole, labels), (again, labels)]:
        np.testing.assert_array_equal(InputSlots().view(ref), values)


def test_what_was_allocated_and_not_written_is_used_again(outputs: OutputSlots, tmp_path: Path) -> None:
    for _ in range(5):
        outputs.allocate((100, 100), np.dtype(np.int32))
        outputs.reclaim()
    outputs.write(np.ones((100, 100), np.int32))
    assert len(os.listdir(tmp_path / "arena")) == 1
