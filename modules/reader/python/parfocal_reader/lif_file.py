"""Leica LAS X, with liffile (Christoph Gohlke, BSD-3-Clause)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from liffile import LifFile
from parfocal_worker import BadInputError, Context, Selection

from parfocal_reader.header import position

_RGB = ["red", "green", "blue"]
_MICROMETRES = 1e6
_KNOWN = set("TCZYXSM")


class LifSource:
    """One LIF file: each of its images, and each tile of a mosaic, is a position.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInputError
        It has no image that can be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = LifFile(path)
        try:
            self._places: list[tuple[Any, int]] = []
            positions: list[dict[str, Any]] = []
            notes: list[str] = []
            for image in self._file.images:
                sizes = dict(image.sizes)
                other = [name for name, length in sizes.items() if name not in _KNOWN and length > 1]
                if image.is_flim or other or not {"Y", "X"} <= set(sizes):
                    kind = "a lifetime image" if image.is_flim else f"with the dimensions {', '.join(sizes)}"
                    notes.append(f"{image.path} is left out: {kind}")
                    continue
                for tile in range(sizes.get("M", 1)):
                    name = image.path if sizes.get("M", 1) == 1 else f"{image.path} tile {tile}"
                    self._places.append((image, tile))
                    positions.append(_position(name, image, sizes))
            if not positions:
                raise BadInputError("there is no image in it that can be read", hint="export the images as OME-TIFF")
            self.header: dict[str, Any] = {"format": "Leica LIF", "positions": positions, "notes": notes}
        except BaseException:
            self._file.close()
            raise

    def read(self, selection: Selection, context: Context) -> np.ndarray:
        """Pixels of a selection, (y, x)."""
        image, tile = self._places[selection.position]
        sizes = image.sizes
        at = {"T": selection.t, "Z": selection.z, "M": tile}
        if "S" not in sizes:
            at["C"] = selection.c
        frame = image.frame(**{name: index for name, index in at.items() if name in sizes})
        axes = image.frames.frame_dims
        for name in [axis for axis in axes if axis not in "YXS"]:
            frame = np.take(frame, at.get(name, 0), axis=axes.index(name))
            axes = tuple(axis for axis in axes if axis != name)
        if "S" in axes:
            frame = np.take(frame, selection.c, axis=axes.index("S"))
            axes = tuple(axis for axis in axes if axis != "S")
        plane = frame if axes == ("Y", "X") else frame.T
        return plane[selection.y, selection.x]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _position(name: str, image: Any, sizes: dict[str, int]) -> dict[str, Any]:
    lengths = {axis: sizes.get(axis.upper(), 1) for axis in "tczyx"}
    if "S" in sizes:
        lengths["c"], channels = sizes["S"], _RGB[: sizes["S"]]
    else:
        described = image.xml_element.findall("./Data/Image/ImageDescription/Channels/ChannelDescription")
        channels = [channel.attrib.get("LUTName", "") for channel in described]
    pixel: dict[str, float | None] = {}
    for axis in "xyz":
        places = image.coords.get(axis.upper())
        if places is not None and len(places) > 1:
            pixel[axis] = float(f"{abs(float(places[1] - places[0])) * _MICROMETRES:.9g}")
    return position(name, lengths, str(image.dtype), channels, pixel)
