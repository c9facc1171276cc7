"""ZEISS ZEN, with pylibCZIrw (Carl Zeiss Microscopy, LGPL-3.0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from parfocal_worker import BadInputError, Context, Selection
from pylibCZIrw import czi

from parfocal_reader.header import position

_DTYPES = {"Gray8": "uint8", "Gray16": "uint16", "Gray32Float": "float32", "Bgr24": "uint8", "Bgr48": "uint16"}
_RGB = ["red", "green", "blue"]
_MICROMETRES = 1e6
_KNOWN = set("TCZYX")


class CziFile:
    """One CZI file. Mosaics are read as one image, put together by Zeiss's library.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInputError
        Its pixels or dimensions are of a kind that is not read.
    """

    def __init__(self, path: Path) -> None:
        self._context = czi.open_czi(str(path))
        self._file = self._context.__enter__()
        try:
            self.header = self._header()
        except BaseException:
            self.close()
            raise

    def _header(self) -> dict[str, Any]:
        file = self._file
        box: dict[str, tuple[int, int]] = dict(file.total_bounding_box)
        other = [name for name, (start, stop) in box.items() if name not in _KNOWN and stop - start > 1]
        if other:
            raise BadInputError(
                f"it has the dimensions {', '.join(other)}, which are not read",
                hint="split the file in ZEN, or export it as OME-TIFF",
            )
        kinds = set(file.pixel_types.values())
        if len(kinds) > 1 or not kinds <= set(_DTYPES):
            raise BadInputError(
                f"its pixels are {', '.join(sorted(kinds)) or 'of no kind'}", hint="export it as OME-TIFF"
            )
        kind = kinds.pop()
        self._is_colour = kind.startswith("Bgr")
        self._start = {name: box.get(name, (0, 1))[0] for name in "TCZ"}
        lengths = {name.lower(): box[name][1] - box[name][0] for name in "TCZ" if name in box}
        image = _at(file.metadata, "ImageDocument", "Metadata", "Information", "Image")
        channels = [channel.get("@Name", "") for channel in _listed(_at(image, "Dimensions", "Channels", "Channel"))]
        notes: list[str] = []
        if self._is_colour:
            if lengths.get("c", 1) > 1:
                notes.append(f"the first of {lengths['c']} channels is read: it is in colour")
            lengths["c"], channels = len(_RGB), _RGB
        scenes = dict(file.scenes_bounding_rectangle)
        self._places: list[tuple[int | None, Any]] = [*sorted(scenes.items())] if scenes else []
        if not self._places:
            self._places = [(None, file.total_bounding_rectangle)]
        names = _scene_names(image)
        pixel = _pixel_size(file.metadata)
        return {
            "format": "ZEISS CZI",
            "positions": [
                position(
                    names.get(scene if scene is not None else -1, ""),
                    {**lengths, "y": place.h, "x": place.w},
                    _DTYPES[kind],
                    channels,
                    pixel,
                )
                for scene, place in self._places
            ],
            "notes": notes,
        }

    def read(self, selection: Selection, context: Context) -> np.ndarray:
        """Pixels of a selection, (y, x)."""
        scene, place = self._places[selection.position]
        channel = 0 if self._is_colour else selection.c
        at = {"T": selection.t, "C": channel, "Z": selection.z}
        y, x = selection.y, selection.x
        pixels = self._file.read(
            roi=(place.x + x.start, place.y + y.start, x.stop - x.start, y.stop - y.start),
            plane={name: self._start[name] + index for name, index in at.items()},
            scene=scene,
        )
        # blue comes first
        return pixels[..., len(_RGB) - 1 - selection.c] if self._is_colour else pixels[..., 0]

    def close(self) -> None:
        """Let go of the file."""
        self._context.__exit__(None, None, None)


def _at(tree: Any, *names: str) -> Any:
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _listed(value: Any) -> list[dict[str, Any]]:
    """XML has one element or several of a name."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _scene_names(image: Any) -> dict[int, str]:
    scenes = _listed(_at(image, "Dimensions", "S", "Scenes", "Scene"))
    return {int(scene.get("@Index", at)): scene.get("@Name", "") for at, scene in enumerate(scenes)}


def _pixel_size(metadata: Any) -> dict[str, float | None]:
    sizes: dict[str, float | None] = {}
    for distance in _listed(_at(metadata, "ImageDocument", "Metadata", "Scaling", "Items", "Distance")):
        try:
            # nine digits: 3.25e-07 * 1e6 is 0.32499999999999996
            sizes[str(distance["@Id"]).lower()] = float(f"{float(distance['Value']) * _MICROMETRES:.9g}")
        except (KeyError, TypeError, ValueError):
            continue
    return sizes
