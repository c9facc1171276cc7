"""Grey values of all objects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parfocal_measure.runs import Runs

STATISTICS: dict[str, Callable[..., np.ndarray]] = {
    "intensity_max": np.max,
    "intensity_mean": np.mean,
    "intensity_median": np.median,
    "intensity_min": np.min,
    "intensity_std": np.std,
}
_NARROW = 4


class Intensities:
    """Properties as `skimage.measure.regionprops` defines them.

    Parameters
    ----------
    image : ndarray
        Over the labels' axes, with or without channels behind them.
    runs : Runs
        Of the labels.
    """

    def __init__(self, image: np.ndarray, runs: Runs) -> None:
        self._runs = runs
        indices, self._begins = runs.pixels()
        channels = image.shape[len(runs.shape) :]
        self._values = np.ascontiguousarray(image).reshape(-1, *channels)[indices]
        self._area = runs.area.reshape(-1, *(1 for _ in channels))

    def measure(self, name: str) -> np.ndarray:
        """One of :data:`STATISTICS` of each object, float64 (n,) or (n, channels)."""
        values, first = self._values, self._begins[:-1]
        if len(first) == 0:
            return np.zeros((0, *values.shape[1:]))
        if name == "intensity_min":
            return np.minimum.reduceat(values, first, axis=0).astype(float)
        if name == "intensity_max":
            return np.maximum.reduceat(values, first, axis=0).astype(float)
        exact = values.dtype.kind in "biu" and values.dtype.itemsize <= _NARROW
        if exact and name == "intensity_mean":
            return self._mean
        if exact and name == "intensity_std":
            return self._deviation()
        # sums of floats depend on their order: scikit-image's own functions on the pixels in its own order
        statistic = STATISTICS[name]
        pairs = zip(first, self._begins[1:], strict=True)
        return np.array([statistic(values[begin:end], axis=0) for begin, end in pairs], float)

    @property
    def _mean(self) -> np.ndarray:
        return np.add.reduceat(self._values, self._begins[:-1], axis=0, dtype=np.int64) / self._area

    def _deviation(self) -> np.ndarray:
        """Around a whole number near the mean, so that sums are exact and small."""
        first = self._begins[:-1]
        near = np.repeat(np.round(self._mean).astype(np.int64), self._runs.area, axis=0)
        offset = (self._values - near).astype(float)
        mean = np.add.reduceat(offset, first, axis=0) / self._area
        squares = np.add.reduceat(offset**2, first, axis=0) / self._area
        return np.sqrt(np.maximum(0, squares - mean**2))
