"""Writes TIFFs that are larger than they look: of zeros that take no room on the disk, with values at places that are told.

usage: write_large.py FOLDER
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import tifffile



class Sparse(io.FileIO):
    """A file in which zeros take no room."""

    def write(self, data: object) -> int:
        """Skip what is nothing but zeros."""
        view = memoryview(data).cast("B")
        if view.nbytes <= 4096 or np.frombuffer(view, np.uint8).any():
            return super().write(view)
        self.seek(view.nbytes, 1)
        return view.nbytes


folder = Path(sys.argv[1])
places: dict[str, list[list[int]]] = {}


def write(name: str, shape: tuple[int, int], tile: tuple[int, int], **options: object) -> None:
    path = folder / name
    with Sparse(path, "w+") as sparse:
        tifffile.imwrite(sparse, shape=shape, dtype=np.uint16, tile=tile, bigtiff=True, **options)
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        offsets, across = page.dataoffsets, -(-shape[1] // tile[1])
        end = max(offset + count for offset, count in zip(offsets, page.databytecounts, strict=True))
    rng = np.random.default_rng(11)
    places[name] = []
    with path.open("r+b") as file:
        file.truncate(max(end, path.stat().st_size))
        for value in range(1, 200):
            y, x = int(rng.integers(shape[0])), int(rng.integers(shape[1]))
            index = (y // tile[0]) * across + x // tile[1]
            file.seek(offsets[index] + ((y % tile[0]) * tile[1] + x % tile[1]) * 2)
            file.write(value.to_bytes(2, "little"))
            places[name].append([y, x, value])


write("square.tif", (20_000, 20_000), (512, 512))
write("ten-gigabytes.tif", (70_000, 72_000), (1024, 1024))
(folder / "places.json").write_text(json.dumps(places))
