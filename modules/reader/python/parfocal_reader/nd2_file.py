"""Nikon NIS-Elements, with nd2 (Talley Lambert and others, BSD-3-Clause)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nd2
import numpy as np
from parfocal_worker import BadInputError, Context, Selection

from parfocal_reader.header import position

_RGB = ["red", "green", "blue"]
_KNOWN = set("TPCZYXS")


class Nd2File:
    """One ND2 file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInputError
        It has loops other than time, position and z.
    """

    def __init__(self, path: Path) -> None:
        self._file = nd2.ND2File(path)
        try:
            self._sizes = dict(self._file.sizes)
            other = [name for name, length in self._sizes.items() if name not in _KNOWN and length > 1]
            if other:
                raise BadInputError(
                    f"it has the loops {', '.join(other)}, which are not read",
                    hint="split the file in NIS-Elements, or export it as TIFF",
                )
            self._loops = [name for name in self._sizes if name in "TPZ"]
            self.header = self._header()
        except BaseException:
            self._file.close()
            raise

    def _header(self) -> dict[str, Any]:
        file, sizes = self._file, self._sizes
        channels = _RGB[: sizes["S"]] if file.is_rgb else [channel.channel.name for channel in _channels(file)]
        voxel = file.voxel_size()
        lengths = {axis: sizes.get(axis.upper(), 1) for axis in "tczyx"}
        notes: list[str] = []
        if file.is_rgb:
            lengths["c"] = sizes["S"]
            if sizes.get("C", 1) > 1:
                notes.append(f"the first of {sizes['C']} channels is read: it is in colour")
        # an uncalibrated file has pixels of 1 um, as NIS-Elements writes it; so has one that really does
        pixel = {"x": voxel.x, "y": voxel.y, "z": voxel.z if "Z" in sizes else None}
        names = _position_names(file, sizes.get("P", 1))
        return {
            "format": "Nikon ND2",
            "positions": [position(name, lengths, str(file.dtype), channels, pixel) for name in names],
            "notes": notes,
        }

    def read(self, selection: Selection, context: Context) -> np.ndarray:
        """Pixels of a selection, (y, x)."""
        at = {"T": selection.t, "P": selection.position, "Z": selection.z}
        index = 0
        for name in self._loops:
            index = index * self._sizes[name] + at[name]
        frame = self._file.read_frame(index)
        if self._file.is_rgb:
            if frame.ndim == 4:  # noqa: PLR2004  channel, y, x, sample
                frame = frame[0]
            return frame[selection.y, selection.x, selection.c]
        if frame.ndim == 3:  # noqa: PLR2004  channel, y, x
            frame = frame[selection.c]
        return frame[selection.y, selection.x]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _channels(file: nd2.ND2File) -> list[Any]:
    metadata = file.metadata
    return list(getattr(metadata, "channels", None) or [])


def _position_names(file: nd2.ND2File, count: int) -> list[str]:
    for loop in file.experiment:
        if loop.type == "XYPosLoop":
            points = loop.parameters.points
            return [(points[at].name or "") if at < len(points) else "" for at in range(count)]
    return [""] * count
