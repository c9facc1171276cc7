"""One JSON object a line, both ways, on private file descriptors."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

from parfocal_worker._errors import ProtocolError

PROTOCOL_VERSION = 1
MAX_LINE_BYTES = 16 * 1024 * 1024
_READ_BYTES = 64 * 1024
_decode = json.JSONDecoder().decode
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class Channel:
    """The protocol's two descriptors.

    Reading belongs to one thread at a time; writing may happen on any thread, a message is never interleaved with
    another.

    Parameters
    ----------
    incoming, outgoing : int
        File descriptors.

    Attributes
    ----------
    incoming : int
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self._outgoing = outgoing
        self._rest = bytearray()
        self._lock = threading.Lock()

    def receive(self) -> dict[str, Any] | None:
        """Block until the next message is there.

        Returns
        -------
        dict or None
            None when the host closed the channel or is gone.

        Raises
        ------
        ProtocolError
            The line is too long, is not UTF-8, or is not a JSON object with a `type`.
        """
        searched = 0
        while True:
            end = self._rest.find(b"\n", searched)
            if end >= 0:
                line = bytes(self._rest[:end])
                del self._rest[: end + 1]
                return decode_line(line)
            searched = len(self._rest)
            if searched > MAX_LINE_BYTES:
                raise ProtocolError(f"a message is longer than {MAX_LINE_BYTES} bytes")
            chunk = os.read(self.incoming, _READ_BYTES)
            if not chunk:
                return None
            self._rest += chunk

    def send(self, message: dict[str, Any]) -> None:
        """Write one message.

        Parameters
        ----------
        message : dict
            With a `type`; plain JSON values only.

        Raises
        ------
        ProtocolError
            It is longer than a line may be.
        BrokenPipeError
            The host is gone.
        """
        self.send_bytes(encode_line(message))

    def send_bytes(self, data: bytes) -> None:
        """Write bytes as they are."""
        view = memoryview(data)
        with self._lock:
            while view:
                view = view[os.write(self._outgoing, view) :]


def encode_line(message: dict[str, Any]) -> bytes:
    """One message as a line of UTF-8 JSON; NaN and infinity, which JSON does not have, become null.

    Raises
    ------
    ProtocolError
        The line is longer than `MAX_LINE_BYTES`.
    TypeError
        A value is not JSON.
    """
    try:
        text = _encode(message)
    except ValueError:
        text = _encode(_without_nan(message))
    line = text.encode("ascii") + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ProtocolError(
            f"a message of {len(line)} bytes is longer than {MAX_LINE_BYTES}; arrays do not belong into messages"
        )
    return line


def decode_line(line: bytes) -> dict[str, Any]:
    """The message in one line.

    Raises
    ------
    ProtocolError
        It is not UTF-8, not JSON, or not an object with a text `type`.
    """
    if len(line) > MAX_LINE_BYTES:
        raise ProtocolError(f"a message is longer than {MAX_LINE_BYTES} bytes")
    try:
        message = _decode(line.decode("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ProtocolError(f"a line is not UTF-8 JSON: {error}") from error
    except RecursionError:
        raise ProtocolError("a line nests too deeply") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("a line is not an object with a `type`")
    return message


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value
