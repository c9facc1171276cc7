"""The `.npy` header of slots: version 1.0, padded so that the data starts at byte 128."""

from __future__ import annotations

import functools
import math
import re
from typing import NamedTuple

MAGIC = b"\x93NUMPY"
HEADER_BYTES = 128
MAX_RANK = 32

_DESCR_OF = {
    "bool": "|b1",
    "uint8": "|u1",
    "int8": "|i1",
    "uint16": "<u2",
    "int16": "<i2",
    "uint32": "<u4",
    "int32": "<i4",
    "uint64": "<u8",
    "int64": "<i8",
    "float32": "<f4",
    "float64": "<f8",
}
_DTYPE_OF = {descr: dtype for dtype, descr in _DESCR_OF.items()}
_ITEM_BYTES = {dtype: int(descr[2:]) for dtype, descr in _DESCR_OF.items()}
_NUMBER = rb"(?:0|[1-9]\d{0,15})"
_HEADER = re.compile(
    rb"\{'descr': '([<|][a-z]\d)', 'fortran_order': False, 'shape': \((|N,|N(?:, N)+)\), \} *\n".replace(b"N", _NUMBER)
)

DTYPES = tuple(_DESCR_OF)


class SlotArray(NamedTuple):
    """What a slot holds.

    Attributes
    ----------
    dtype : str
        One of `DTYPES`.
    shape : tuple of int
    """

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the data, header left out."""
        return math.prod(self.shape) * _ITEM_BYTES[self.dtype]


@functools.lru_cache(maxsize=64)
def format_header(array: SlotArray) -> bytes:
    """The 128 bytes in front of an array.

    Raises
    ------
    ValueError
        The dtype is not one of `DTYPES`, or the shape does not fit into the header.
    """
    descr = _DESCR_OF.get(array.dtype)
    if descr is None:
        raise ValueError(f"dtype {array.dtype} cannot be in a slot; it takes {', '.join(DTYPES)}")
    shape = f"({array.shape[0]},)" if len(array.shape) == 1 else f"({', '.join(map(str, array.shape))})"
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode("ascii")
    room = HEADER_BYTES - len(MAGIC) - 4
    if len(text) >= room or len(array.shape) > MAX_RANK:
        raise ValueError(f"shape {array.shape} does not fit into a slot header")
    return MAGIC + b"\x01\x00" + room.to_bytes(2, "little") + text.ljust(room - 1) + b"\n"


@functools.lru_cache(maxsize=64)
def parse_header(header: bytes) -> SlotArray:
    """Read the header of a slot. Only what `format_header` writes is accepted.

    Raises
    ------
    ValueError
        Names the field that is damaged.
    """
    if len(header) < HEADER_BYTES:
        raise ValueError(f"header: {len(header)} bytes, a slot has {HEADER_BYTES}")
    if header[:6] != MAGIC:
        raise ValueError("magic: not a .npy file")
    if header[6:8] != b"\x01\x00":
        raise ValueError(f"version: {header[6]}.{header[7]}, a slot has 1.0")
    length = int.from_bytes(header[8:10], "little")
    if length != HEADER_BYTES - 10:
        raise ValueError(f"header length: {length}, a slot has {HEADER_BYTES - 10}")
    match = _HEADER.fullmatch(header[10:HEADER_BYTES])
    if match is None:
        raise ValueError("header: not that of a slot")
    dtype = _DTYPE_OF.get(match[1].decode("ascii"))
    if dtype is None:
        raise ValueError(f"descr: {match[1].decode('ascii')} cannot be in a slot")
    shape = tuple(int(part) for part in match[2].decode("ascii").replace(",", " ").split())
    if len(shape) > MAX_RANK:
        raise ValueError(f"shape: {len(shape)} axes, at most {MAX_RANK}")
    array = SlotArray(dtype, shape)
    if array.nbytes > 2**53 - 1:
        raise ValueError(f"shape: {shape} overflows")
    return array
