"""What the tests of every module's worker call it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parfocal_worker import Context

if TYPE_CHECKING:
    import numpy as np


class Recorder(Context):
    """A call's context that remembers what the model said.

    Parameters
    ----------
    axes : str
    keep_raw : bool
    cancel_after : int or None
        Steps after which the call counts as cancelled.
    pixel_size : dict of str to float, or None
        Micrometres by axis.
    """

    def __init__(
        self,
        axes: str = "yx",
        *,
        keep_raw: bool = False,
        cancel_after: int | None = None,
        pixel_size: dict[str, float] | None = None,
    ) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self._cancel_after = cancel_after
        super().__init__(axes, pixel_size, keep_raw, self._step, self._is_over)

    def _step(self, done: int, total: int, message: str) -> None:
        self.steps.append((done, total, message))

    def _is_over(self) -> bool:
        return self._cancel_after is not None and bool(self.steps) and self.steps[-1][0] >= self._cancel_after

    @property
    def has_raw(self) -> bool:
        """Whether something was handed to `keep`."""
        return self._raw is not None

    @property
    def raw(self) -> dict[str, np.ndarray]:
        """What was handed to `keep`."""
        assert self._raw is not None
        return self._raw

    @property
    def facts(self) -> dict[str, Any]:
        """What was handed to `info`."""
        return self._info

    @property
    def warnings(self) -> list[str]:
        """What was handed to `warn`."""
        return self._warnings
