"""Slot headers: written as numpy reads them, read only as they are written."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from parfocal_worker._npy import DTYPES, HEADER_BYTES, SlotArray, format_header, parse_header

SHAPES = [(), (0,), (5,), (2, 3), (4, 0, 2), (1, 2, 3, 4, 5)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_numpy_reads_what_is_written(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)
    header = format_header(SlotArray(dtype, shape))
    assert len(header) == HEADER_BYTES
    read = np.load(io.BytesIO(header + values.tobytes()), allow_pickle=False)
    assert read.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(read, values)
    assert parse_header(header) == SlotArray(dtype, shape)
    assert SlotArray(dtype, shape).nbytes == values.nbytes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda header: header[:100], "header: 100 bytes"),
        (lambda header: b"PNG" + header[3:], "magic"),
        (lambda header: header[:6] + b"\x02\x00" + header[8:], "version: 2.0"),
        (lambda header: header[:8] + b"\xff\xff" + header[10:], "header length: 65535"),
        (lambda header: header.replace(b"<i4", b">i4"), "not that of a slot"),
        (lambda header: header.replace(b"<i4", b"<c8"), "descr: <c8"),
        (lambda header: header.replace(b"False", b"True "), "not that of a slot"),
        (lambda header: header.replace(b"(2, 3)", b"(2,-3)"), "not that of a slot"),
        (lambda header: header.replace(b"(2, 3), }      ", b"(99999999, 999999999), }"[:15]), "not that of a slot"),
        (lambda header: header[:-1] + b" ", "not that of a slot"),
    ],
)
def test_damage_is_named(change: Callable[[bytes], bytes], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_header(change(format_header(SlotArray("int32", (2, 3)))))


def test_sizes_that_no_file_has_are_refused() -> None:
    header = format_header(SlotArray("float64", (2**31, 2**31)))
    with pytest.raises(ValueError, match="overflows"):
        parse_header(header)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="complex64 cannot be in a slot"):
        format_header(SlotArray("complex64", (1,)))
    with pytest.raises(ValueError, match="does not fit"):
        format_header(SlotArray("uint8", (10**9,) * 12))
