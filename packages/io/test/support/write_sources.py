"""Writes files of several positions, channels and levels, and JPEGs, with tifffile and Pillow, and the arrays that they hold.

usage: write_sources.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(sys.argv[1])
rng = np.random.default_rng(3)


def keep(name: str, values: np.ndarray) -> np.ndarray:
    np.save(folder / f"{name}.npy", np.ascontiguousarray(values))
    return values


stack = keep("stack", rng.integers(0, 60000, (2, 3, 4, 40, 50), dtype=np.uint16))
named = {"Channel": {"Name": ["DAPI", "GFP", "488"]}, "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 2.0}
tifffile.imwrite(folder / "ome.ome.tif", stack, metadata={"axes": "TCZYX", **named}, compression="zlib", tile=(16, 32))
tifffile.imwrite(folder / "ome-strips.ome.tif", stack, metadata={"axes": "TCZYX", **named}, rowsperstrip=7, bigtiff=True)
tifffile.imwrite(
    folder / "imagej.tif", np.moveaxis(stack, 1, 2), imagej=True, metadata={"axes": "TZCYX", "spacing": 2.0, "unit": "um"},
    resolution=(2, 2),
)
tifffile.imwrite(folder / "big-endian.tif", stack[0, 0], byteorder=">", metadata={"axes": "ZYX"}, bigtiff=True)
tifffile.imwrite(folder / "one-strip.tif", stack[0, 0, 0], rowsperstrip=40)
if hasattr(tifffile, "imwrite"):
    keep("second", stack[1, :2, 0, :33, :21])
    with tifffile.TiffWriter(folder / "positions.ome.tif", ome=True) as writer:
        writer.write(stack[0, 0], metadata={"axes": "ZYX", "Name": "A1"}, photometric="minisblack")
        writer.write(
            stack[1, :2, 0, :33, :21],
            metadata={"axes": "CYX", "Name": "B7", "PhysicalSizeX": 0.25, "Channel": {"Name": ["red", "far red"]}},
            photometric="minisblack",
        )

rgb = keep("rgb", rng.integers(0, 255, (40, 50, 3), dtype=np.uint8))
tifffile.imwrite(folder / "rgb.tif", rgb, photometric="rgb", tile=(16, 16), compression="zlib")
tifffile.imwrite(folder / "rgb-planar.tif", np.moveaxis(rgb, 2, 0), photometric="rgb", planarconfig="separate", rowsperstrip=9)

levels = [stack[0, :, 0]]
for _ in range(2):
    levels.append(levels[-1][:, ::2, ::2])
for index, level in enumerate(levels):
    keep(f"level{index}", level)
with tifffile.TiffWriter(folder / "pyramid.ome.tif", ome=True, bigtiff=True) as writer:
    options = {"tile": (16, 16), "compression": "zlib", "photometric": "minisblack"}
    metadata = {"axes": "CYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    writer.write(levels[0], subifds=2, metadata=metadata, **options)
    for level in levels[1:]:
        writer.write(level, subfiletype=1, **options)
with tifffile.TiffWriter(folder / "pages-pyramid.tif") as writer:
    for index, level in enumerate(levels):
        writer.write(level[0], subfiletype=1 if index else 0, tile=(16, 16))

smooth = (np.add.outer(np.arange(64), np.arange(80)) % 200).astype(np.uint8)
photo = Image.fromarray(np.stack([smooth, smooth[::-1], smooth[:, ::-1]], axis=2))
Image.fromarray(smooth).save(folder / "grey.jpg", quality=95)
photo.save(folder / "colour.jpg", quality=95, subsampling=0)
photo.save(folder / "progressive.jpg", quality=90, subsampling=2, progressive=True)
for name in ["grey", "colour", "progressive"]:
    keep(f"{name}-jpg", np.asarray(Image.open(folder / f"{name}.jpg")))
