"""What a model learns of the call it serves, and how it talks back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from parfocal_worker._errors import Cancelled

if TYPE_CHECKING:
    import numpy as np  # not at run time: this module is imported before stdout has been put out of the way


@dataclass(frozen=True)
class Window:
    """Where labels lie that are a window of larger ones.

    Attributes
    ----------
    origin : tuple of int
        First pixel of the window along each axis of the labels.
    shape : tuple of int
        Lengths of the larger labels.
    """

    origin: tuple[int, ...]
    shape: tuple[int, ...]


class Context:
    """The call that is being served.

    Attributes
    ----------
    axes : str
        Axes of the image in order, for example "yx", "yxc", "zyx".
    pixel_size : dict of str to float, or None
        Micrometres by axis; None when the image says nothing.
    keep_raw : bool
        The host wants the raw network output for `refine`: hand it to `keep`.
    window : Window, or None
        Of a measurer whose manifest says `windows`: the labels are part of larger ones, whose coordinates and edges
        count; None when they are whole.
    """

    def __init__(
        self,
        axes: str,
        pixel_size: dict[str, float] | None = None,
        keep_raw: bool = False,
        report: Callable[[int, int, str], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        allocate: Callable[[tuple[int, ...], np.dtype[Any]], np.ndarray] | None = None,
    ) -> None:
        self.axes = axes
        self.pixel_size = pixel_size
        self.keep_raw = keep_raw
        self.window: Window | None = None
        self._report = report
        self._is_cancelled = is_cancelled
        self._allocate = allocate
        self._stop: Callable[[], None] | None = None
        self._warnings: list[str] = []
        self._info: dict[str, Any] = {}
        self._raw: dict[str, np.ndarray] | None = None

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report how far the call is; also a place where it can be cancelled.

        Parameters
        ----------
        done, total : int
            Steps such as tiles, planes or iterations.
        message : str
            What a step is, for people: "tiles".

        Raises
        ------
        Cancelled
            The call was cancelled; let it pass.
        """
        self.check_cancelled()
        if self._report is not None:
            self._report(int(done), int(total), str(message))

    def check_cancelled(self) -> None:
        """Return at once unless the call was cancelled. Call it between steps of a second or less.

        Raises
        ------
        Cancelled
            The call was cancelled; let it pass.
        """
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled("the call was cancelled")

    def on_cancel(self, stop: Callable[[], None] | None) -> None:
        """Say how to stop a computation that cannot look for itself, for example ONNX Runtime's by its terminate flag.

        Parameters
        ----------
        stop : callable or None
            Called once when the call is cancelled, on another thread, or at once when it has been cancelled already.
            Whatever exception the computation then ends with counts as the cancel. None when there is nothing to stop
            any more.
        """
        self._stop = stop
        if stop is not None and self._is_cancelled is not None and self._is_cancelled():
            stop()

    def _cancel(self) -> None:
        if self._stop is not None:
            self._stop()

    def warn(self, text: str) -> None:
        """Tell the caller something about this result; the same text is told once."""
        if text not in self._warnings:
            self._warnings.append(str(text))

    def allocate(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Array for an output, in the memory that the host reads: returned from `predict`, it is not copied.

        Parameters
        ----------
        shape : tuple of int
        dtype : dtype_like
            Of labels: int32.

        Returns
        -------
        ndarray
            C order, uninitialised like `numpy.empty`. Belongs to this call: do not keep it for the next.
        """
        import numpy as np

        wanted = tuple(int(length) for length in shape)
        if self._allocate is None:
            return np.empty(wanted, dtype)
        return self._allocate(wanted, np.dtype(dtype))

    def keep(self, raw: dict[str, np.ndarray]) -> None:
        """Hand over the raw network output that `refine` will get.

        Parameters
        ----------
        raw : dict of str to ndarray
            bool, integers or floats of any shape. Copied when the call ends, so do not change the arrays afterwards.
        """
        self._raw = dict(raw)

    def info(self, **values: Any) -> None:
        """Add small facts to the result's provenance: weights' sha256, library versions, thresholds that were used.

        Parameters
        ----------
        **values
            JSON values by name; numpy numbers and paths are converted.

        Raises
        ------
        TypeError
            A value is none of these.
        """
        self._info.update(json.loads(json.dumps(values, default=_plain)))


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")
