"""Base classes for nodes of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parfocal_ga3._errors import rejected
from parfocal_ga3._frame import Array, Channel, Frame, calibration_of, frame_of, pixels_of
from parfocal_ga3._places import use
from parfocal_ga3._segment import Result, copy_of, segment
from parfocal_ga3._separate import separate_touching

_AXES_BY_RANK = {2: "yx", 3: "zyx"}


class ExternalModuleNode:
    """A node whose work is done by a module, in a Python of its own.

    Parameters
    ----------
    module
        Name or absolute folder of the module. Default: `MODULE_NAME`.
    state, daemon, start, variables
        Where Parfocal is, as in `use`; scripts that `parfocal ga3 script` writes give them.
    device
        `auto`, `cpu`, `cuda`, ...
    """

    MODULE_NAME = ""

    def __init__(
        self,
        module: str | None = None,
        *,
        state: str | None = None,
        daemon: list[str] | None = None,
        start: str | None = None,
        variables: Mapping[str, str] | None = None,
        device: str | None = None,
    ) -> None:
        use(state=state, daemon=daemon, start=start, variables=variables)
        self.module = module or self.MODULE_NAME
        self.device = device

    def process_image(self, image: Array, **params: Any) -> npt.NDArray[np.int32]:
        """Labels of one image; override it to do more."""
        return self.call_worker(self.module, input_image=image, **params)

    def call_worker(
        self,
        worker_script: str,
        *,
        input_image: Array,
        axes: str | None = None,
        pixel_size: Mapping[str, float] | None = None,
        context: Any = None,
        **params: Any,
    ) -> npt.NDArray[np.int32]:
        """Labels that a module finds; see `call` for the rest of what it gives.

        Parameters
        ----------
        worker_script
            Name of a module, its absolute folder, or the worker file in it.
        input_image
            What `extract_2d_image` or `extract_volume` gave, or any array.
        axes
            One letter for each axis. Default: the image's own, else `yx` or `zyx`.
        pixel_size
            Micrometres by axis. Default: the image's own.
        context
            `ctx` of `run`, which is found by itself when we are called from there: a recipe that is stopped then stops
            the model. Out of process NIS-Elements ends this process instead, which does too.
        params
            The module's parameters, by any of their names; None leaves one at its default.
        """
        return self.call(
            worker_script, input_image=input_image, axes=axes, pixel_size=pixel_size, context=context, params=params
        ).labels

    def call(
        self,
        worker_script: str,
        *,
        input_image: Array,
        axes: str | None = None,
        pixel_size: Mapping[str, float] | None = None,
        context: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Result:
        """All that a module gives: labels, other outputs, warnings, provenance. Arguments are those of `call_worker`.

        Raises
        ------
        ParfocalError
            With the cause, one next step, and the log file.
        """
        known = isinstance(input_image, Frame)
        given = axes or (input_image.axes if known else "") or _AXES_BY_RANK.get(np.ndim(input_image), "")
        if len(given) != np.ndim(input_image):
            raise rejected(
                f"the axes of an image of shape {np.shape(input_image)} are not known", 'name them, as in axes="yxc"'
            )
        sizes = pixel_size if pixel_size is not None else (input_image.pixel_size if known else {})
        return segment(
            worker_script,
            np.asarray(input_image),
            given,
            pixel_size=sizes,
            params={name: value for name, value in (params or {}).items() if value is not None},
            device=self.device,
            should_abort=_watch(_calling_context() if context is None else context),
        )


def _watch(context: Any) -> Callable[[], bool]:
    return lambda: bool(getattr(context, "shouldAbort", False))


def _calling_context() -> Any:
    """The `ctx` of the `run` that called us, so that a node of one's own can be stopped without passing it on."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "run" and "ctx" in frame.f_code.co_varnames:
            return frame.f_locals.get("ctx")
        frame = frame.f_back
    return None


class GA3NodeMixin:
    """Images out of a node's inputs and labels into its outputs, checked."""

    def extract_2d_image(self, item: Any, channel: Channel = None) -> Frame:
        """One plane of a 2D node's input.

        Parameters
        ----------
        item
            `inp[n]` of `run`.
        channel
            Place from 0 or name; None for all.

        Returns
        -------
        `yx`, or `yxc` of several channels; a copy that may be kept.
        """
        pixels, axes = pixels_of(item, channel)
        if pixels.shape[0] != 1:
            raise rejected(f"the input has {pixels.shape[0]} planes", "use extract_volume, or the 2D node")
        return _kept(pixels[0], axes[1:], calibration_of(item, "yx"))

    def extract_volume(self, item: Any, channel: Channel = None) -> Frame:
        """All planes of a 3D node's input, `zyx` or `zyxc`; a copy that may be kept. Else as `extract_2d_image`."""
        pixels, axes = pixels_of(item, channel)
        return _kept(pixels, axes, calibration_of(item, "zyx"))

    def insert_2d_result(self, item: Any, labels: Array) -> None:
        """Write labels of one plane.

        Parameters
        ----------
        item
            `out[n]` of `run`: a binary of int32 gets the numbers of the objects, one of uint8 a mask in which objects
            that touch are cut apart.
        labels
            `yx`, any integer type, 0 is background.

        Raises
        ------
        ParfocalError
            When the output is of another shape or type, or cannot hold the numbers. Nothing is written then.
        """
        self._insert(item, np.asarray(labels), 2)

    def insert_volume(self, item: Any, labels: Array) -> None:
        """Write labels `zyx` of a volume; else as `insert_2d_result`."""
        self._insert(item, np.asarray(labels), 3)

    def _insert(self, item: Any, labels: Array, rank: int) -> None:
        target = getattr(item, "data", None)
        if not isinstance(target, np.ndarray):
            raise rejected("the output holds nothing in this call of run()", "write to it when ctx.finalCall is True")
        if labels.ndim != rank or labels.dtype.kind not in "iub":
            raise rejected(
                f"labels are integers with {rank} axes; these are {labels.dtype} with shape {labels.shape}",
                "give what call_worker returns, or cast it",
            )
        stack = labels if rank == 3 else labels[None]
        if target.shape != (*stack.shape, 1):
            raise rejected(
                f"the output is {target.shape}, the labels are {(*stack.shape, 1)}: z, y, x, 1",
                "write labels of the size of the input, or give the output another size in output()",
            )
        target[..., 0] = values_for(target.dtype, labels) if rank == 3 else values_for(target.dtype, labels)[None]


def _kept(pixels: Array, axes: str, pixel_size: Mapping[str, float]) -> Frame:
    return frame_of(copy_of(pixels, axes, pixel_size), axes, pixel_size)


def values_for(dtype: np.dtype[Any], labels: Array) -> Array:
    """Labels as a binary of this type holds them.

    Raises
    ------
    ParfocalError
        For a type that is no binary's, and for numbers that int32 cannot hold.
    """
    if dtype == np.uint8:
        return separate_touching(labels)
    if dtype != np.int32:
        raise rejected(f"the output is {dtype}", "call makeInt32() or makeUInt8() on it in output()")
    fits = np.can_cast(labels.dtype, np.int32)  # spares a look over all pixels
    if labels.size and (int(labels.min()) < 0 or not (fits or int(labels.max()) <= np.iinfo(np.int32).max)):
        raise rejected(
            f"numbers of objects run from {labels.min()} to {labels.max()}; int32 holds 0 to {np.iinfo(np.int32).max}",
            "number the objects from 1",
        )
    return labels
