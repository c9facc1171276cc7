"""Write labels and an image of one large plane as tiled TIFF, a band at a time.

Usage: make_large.py SIDE LABELS IMAGE; prints what the labels hold as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import numpy as np
import tifffile

TILE = 256
CELL = 128


def cell(index: int, size: int) -> np.ndarray:
    """Mask of an ellipse in a square, different from one index to the next."""
    y, x = np.mgrid[:size, :size] - size / 2 + 0.5
    angle = index * 0.37
    long, short = 34 + index % 20, 18 + index % 13
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (u / long) ** 2 + (v / short) ** 2 < 1


def bands(side: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Labels and image, TILE rows at a time, both uint16; cells lie across the borders of bands and tiles."""
    offset = CELL // 2 + 11
    per_row = (side - 2 * offset) // CELL
    y, x = np.mgrid[:TILE, :side]
    for top in range(0, side, TILE):
        labels = np.zeros((TILE, side), np.uint16)
        for row in range((top - offset) // CELL, (top + TILE - offset) // CELL + 1):
            if not 0 <= row < per_row:
                continue
            begin = offset + row * CELL - top
            rows = slice(max(0, begin), min(TILE, begin + CELL))
            for column in range(per_row):
                index = row * per_row + column
                mask = cell(index % 997, CELL)[rows.start - begin : rows.stop - begin]
                left = offset + column * CELL
                labels[rows, left : left + CELL][mask] = index + 1
        image = ((x * 7 + (y + top) * 13) % 4096 + (labels % 500)).astype(np.uint16)
        yield labels, image


def tiles(side: int, which: int) -> Iterator[np.ndarray]:
    """Tiles in the order of the file."""
    for pair in bands(side):
        band = np.pad(pair[which], ((0, 0), (0, -side % TILE)))
        for left in range(0, side, TILE):
            yield np.ascontiguousarray(band[:, left : left + TILE])


def main() -> None:
    """Write both files."""
    side = int(sys.argv[1])
    for which, path in enumerate(sys.argv[2:4]):
        tifffile.imwrite(
            path,
            tiles(side, which),
            shape=(side, side),
            dtype=np.uint16,
            tile=(TILE, TILE),
            compression="zlib" if which == 0 else None,
            metadata=None,
        )
    counts = np.zeros(2**16, np.int64)
    grey = np.zeros(2**16, np.float64)
    for top, (labels, image) in enumerate(bands(side)):
        rows = min(TILE, side - top * TILE)
        counts += np.bincount(labels[:rows].ravel(), minlength=2**16)
        grey += np.bincount(labels[:rows].ravel(), weights=image[:rows].ravel(), minlength=2**16)
    inside = counts[1:] > 0
    print(json.dumps({"objects": int(inside.sum()), "pixels": int(counts[1:].sum()), "grey": float(grey[1:].sum())}))


if __name__ == "__main__":
    main()
