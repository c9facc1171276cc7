"""The node that a generated script makes: one channel in, objects and their measurements out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parfocal_ga3._errors import ParfocalError, rejected
from parfocal_ga3._frame import Array, Channel, calibration_of, channel_names, pixels_of
from parfocal_ga3._log import log
from parfocal_ga3._node import values_for
from parfocal_ga3._objects import Objects, mask_of, stack_planes, table_columns, table_rows
from parfocal_ga3._segment import segment

_TABLE_NAME = "Objects"
_NUMBER_COLUMNS = ("_ObjId", "_ObjId3d")


class SegmentationNode:
    """Finds objects in a channel with a module, and writes them into a binary and a table.

    Parameters
    ----------
    module
        Absolute path of the module's folder.
    device
        `auto`, `cpu`, `cuda`, ...
    """

    def __init__(self, module: str, *, device: str | None = None) -> None:
        self.module = module
        self.device = device
        self._has_channels: bool | None = None

    def segment_image(
        self,
        frame: Any,  # noqa: ANN401 - limnode's
        context: Any,  # noqa: ANN401 - limnode's
        *,
        channel: Channel = None,
        params: Mapping[str, Any],
    ) -> Objects:
        """Segment one frame.

        Parameters
        ----------
        frame
            Input of a 2D node; its data is (1, y, x, c).
        context
            `ctx` of `run`, whose `shouldAbort` is watched.
        channel
            Place from 0 or name; None where there is one, or where the module takes several.
        params
            Parameters of the module, as Python calls them.

        Raises
        ------
        ParfocalError
            With the cause, one next step, and the log file; also when the input is no single plane, or it is not clear
            which channel is meant.
        """
        pixels, axes = self._pixels(frame, channel)
        if pixels.shape[0] != 1:
            raise rejected(f"the input has {pixels.shape[0]} planes", "use the 2D node, or write the script with --3d")
        return self._objects(pixels[0], axes[1:], frame, context, params)

    def segment_volume(
        self,
        stack: Any,  # noqa: ANN401
        context: Any,  # noqa: ANN401
        *,
        channel: Channel = None,
        plane_by_plane: bool = False,
        params: Mapping[str, Any],
    ) -> Objects:
        """Segment one stack, as a volume or plane by plane; then no number is used in two planes.

        Parameters and errors are those of `segment_image`, but that `stack` is the input of a 3D node, (z, y, x, c).
        """
        pixels, axes = self._pixels(stack, channel)
        if not plane_by_plane:
            return self._objects(pixels, axes, stack, context, params)
        planes = [self._objects(plane, axes[1:], stack, context, params) for plane in pixels]
        return stack_planes(planes, calibration_of(stack, "zyx"))

    def write_objects(self, binary: Any, objects: Objects) -> None:  # noqa: ANN401
        """Write objects into a binary: their numbers if it is int32, a mask in which they are cut apart if it is uint8.

        Raises
        ------
        ParfocalError
            When the binary is of another type or shape. Nothing is written then.
        """
        target = binary.data
        values = mask_of(objects) if target.dtype == np.uint8 else values_for(target.dtype, objects.labels)
        stack = values if values.ndim == 3 else values[None]  # noqa: PLR2004 - z, y, x
        if target.shape != (*stack.shape, 1):
            raise rejected(
                f"the binary is {target.shape}, the objects are {(*stack.shape, 1)}: z, y, x, 1",
                "leave the binary the size of the input",
            )
        target[..., 0] = stack

    def declare_table(self, table: Any, channel: Any, *, scores: bool, volume: bool) -> None:  # noqa: ANN401
        """Declare the columns of the table; belongs into `output()`. `channel` is the input that is segmented."""
        axes = "zyx" if volume else "yx"
        calibrated = len(calibration_of(channel, axes)) == len(axes)
        table.makeNew(_TABLE_NAME)
        if volume:
            table.withObject3dCols()
        else:
            table.withObjectCols()
        for title, unit in table_columns(volume=volume, calibrated=calibrated, scores=scores):
            table.withFloatCol(title, unit)

    def write_table(self, table: Any, objects: Objects) -> None:  # noqa: ANN401
        """Write a row for each object; belongs into `run()`."""
        titles = table.data.colTitleList
        scores = "Score" in titles
        volume = objects.labels.ndim == 3  # noqa: PLR2004 - z, y, x
        columns = table_columns(volume=volume, calibrated=objects.calibrated, scores=scores)
        names = [_NUMBER_COLUMNS[volume], *(f"^{title}$" for title, _ in columns)]
        table.withColData(names, table_rows(objects, scores=scores))

    def _pixels(self, item: Any, channel: Channel) -> tuple[Array, str]:  # noqa: ANN401
        pixels, axes = pixels_of(item, channel)
        if axes.endswith("c") and not self._takes_channels():
            names = ", ".join(f'"{name}"' for name in channel_names(item))
            which = f" ({names})" if names else ""
            raise rejected(
                f"the input has {pixels.shape[-1]} channels{which} and the model takes one",
                f"at the top of the script set INPUT_CHANNEL to one of 0 to {pixels.shape[-1] - 1}",
            )
        return pixels, axes

    def _takes_channels(self) -> bool:
        if self._has_channels is None:
            manifest = json.loads((Path(self.module) / "module.json").read_text("utf-8"))
            self._has_channels = any("c" in axes for axes in manifest["accepts"]["axes"])
        return self._has_channels

    def _objects(
        self,
        pixels: Array,
        axes: str,
        item: Any,  # noqa: ANN401
        context: Any,  # noqa: ANN401
        params: Mapping[str, Any],
    ) -> Objects:
        calibration = calibration_of(item, axes.removesuffix("c"))
        try:
            result = segment(
                self.module,
                pixels,
                axes,
                pixel_size=calibration,
                params=params,
                device=self.device,
                should_abort=lambda: bool(getattr(context, "shouldAbort", False)),
            )
        except ParfocalError as error:
            if error.code != "INPUT_REJECTED" or not axes.startswith("z"):
                raise
            hint = "if the model knows planes only, set PLANE_BY_PLANE = True at the top of the script"
            raise ParfocalError(error.message, hint, error.code) from None
        for warning in result.warnings:
            log("%s: %s", self.module, warning)
        return Objects(result.labels, result.outputs.get("scores"), False, calibration)
