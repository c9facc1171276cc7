"""Pixels of a node's input, with what is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parfocal_ga3._errors import rejected

Array = npt.NDArray[Any]
Channel = int | str | None

_CALIBRATION_AXES = "xyz"
_RANK = 4


class Frame(np.ndarray[Any, Any]):
    """An array that remembers its axes and pixel size as long as its shape stays.

    Attributes
    ----------
    axes
        One letter for each axis, empty when a shape was computed from it that is not its own.
    pixel_size
        Micrometres by axis; empty where the image is not calibrated.
    """

    axes: str
    pixel_size: Mapping[str, float]

    def __array_finalize__(self, source: Any) -> None:
        same = source is not None and getattr(source, "shape", None) == self.shape
        self.axes = getattr(source, "axes", "") if same else ""
        self.pixel_size = getattr(source, "pixel_size", {}) if same else {}


def frame_of(pixels: Array, axes: str, pixel_size: Mapping[str, float]) -> Frame:
    """Pixels as a frame; a view of them."""
    frame = pixels.view(Frame)
    frame.axes = axes
    frame.pixel_size = pixel_size
    return frame


def pixels_of(item: Any, channel: Channel = None) -> tuple[Array, str]:
    """Pixels of an input.

    Parameters
    ----------
    item
        Channel input of a node; its data is (z, y, x, c).
    channel
        Place from 0 or the channel's name; None for all there are.

    Returns
    -------
    pixels, axes
        `zyx` of one channel, else `zyxc`; a view of the input, valid during this call of `run`.

    Raises
    ------
    ParfocalError
        When the input has no pixels, or no such channel.
    """
    data = getattr(item, "data", None)
    if not isinstance(data, np.ndarray) or data.ndim != _RANK:
        raise rejected(f"the input has no pixels z, y, x, c: {_described(data)}", "give a channel of the node's inputs")
    count = data.shape[3]
    if channel is None:
        return (data[..., 0], "zyx") if count == 1 else (data, "zyxc")
    if isinstance(channel, str):
        names = channel_names(item)
        if channel not in names:
            known = ", ".join(f'"{name}"' for name in names) or "no names"
            raise rejected(
                f'the input has no channel "{channel}"; it has {count} with {known}', "name one of them, or its place"
            )
        channel = names.index(channel)
    if not 0 <= channel < count:
        raise rejected(
            f"the input has {count} channels, so that the last is {count - 1}; {channel} was asked for",
            "count them from 0",
        )
    return data[..., channel], "zyx"


def channel_names(item: Any) -> list[str]:
    """Names of the channels of an input, as far as NIS-Elements tells them."""
    name = _attribute(item, "channelName")
    if name is None:
        return []
    return [str(name)] if isinstance(name, str) else [str(each) for each in name]


def calibration_of(item: Any, axes: str) -> dict[str, float]:
    """Micrometres of a pixel.

    Parameters
    ----------
    item
        Input of `run` or of `output`.
    axes
        Those that are wanted.

    Returns
    -------
    By axis; empty unless x and y are calibrated, and without z where planes have no known distance.
    """
    sizes = _attribute(item, "calibration")
    if sizes is None:
        return {}
    known = {axis: float(size) for axis, size in zip(_CALIBRATION_AXES, sizes, strict=False) if size and size > 0}
    if "x" not in known or "y" not in known:
        return {}
    return {axis: known[axis] for axis in axes if axis in known}


def _attribute(item: Any, name: str) -> Any:
    """Of an item or of what describes it: versions of NIS-Elements keep it in different places."""
    for owner in (item, getattr(item, "metadata", None), getattr(item, "definition", None)):
        value = getattr(owner, name, None)
        if value is not None:
            return value
    return None


def _described(data: object) -> str:
    return f"its shape is {data.shape}" if isinstance(data, np.ndarray) else "it holds nothing in this call of run()"
