"""Size, place and shape of all objects, from their runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from parfocal_worker import Window
from skimage.measure import regionprops

from parfocal_measure.convex import convex_areas
from parfocal_measure.perimeter import perimeters
from parfocal_measure.runs import Runs

_NEAR = 1e-5
"""Objects with axes that differ less than this, or with one so short, are given to scikit-image one by one: there, what
it computes depends on the order of its operations."""


class Shapes:
    """Properties as `skimage.measure.regionprops` defines them.

    Parameters
    ----------
    labels : ndarray
        int32 (y, x) or (z, y, x).
    runs : Runs
        Of these labels.
    spacing : tuple of float
        Size of a pixel along each axis; 1 for measures in pixels.
    window : Window
        Where the labels lie in the whole image.
    """

    def __init__(self, labels: np.ndarray, runs: Runs, spacing: tuple[float, ...], window: Window) -> None:
        self._labels = labels
        self._runs = runs
        self._spacing = spacing
        self._window = window
        self._axes = labels.ndim

    def area(self) -> np.ndarray:
        """Pixels, or their size (n,)."""
        return self._runs.area * float(np.prod(self._spacing))

    def num_pixels(self) -> np.ndarray:
        """Pixels (n,), int64."""
        return self._runs.area

    def area_bbox(self) -> np.ndarray:
        """Size of the bounding box (n,)."""
        low, high = self._runs.bbox
        return np.prod(high - low, axis=1) * float(np.prod(self._spacing))

    def extent(self) -> np.ndarray:
        """Part of the bounding box that is filled (n,), 0 to 1."""
        return self.area() / self.area_bbox()

    def bbox(self) -> np.ndarray:
        """First pixel along each axis, then the one behind the last (n, 2 axes)."""
        return np.concatenate([ends + self._window.origin for ends in self._runs.bbox], axis=1)

    def touches_edge(self) -> np.ndarray:
        """Whether the object reaches a side of the image (n,), bool."""
        low, high = (ends + self._window.origin for ends in self._runs.bbox)
        return ((low == 0) | (high == self._window.shape)).any(axis=1)

    def equivalent_diameter_area(self) -> np.ndarray:
        """Diameter of the circle or ball of the same size (n,)."""
        return (2 * self._axes * self.area() / np.pi) ** (1 / self._axes)

    def centroid(self) -> np.ndarray:
        """Mean of the coordinates (n, axes)."""
        first, _ = self._sums
        low, _ = self._runs.bbox
        count = self._runs.area[:, None]
        return (first + (low + self._window.origin) * count) / count * self._spacing

    def axis_major_length(self) -> np.ndarray:
        """Longest axis of the ellipse with the same second moments (n,)."""
        return self._careful("axis_major_length", lambda values: self._axis_lengths(values)[0])

    def axis_minor_length(self) -> np.ndarray:
        """Shortest axis of the ellipse with the same second moments (n,)."""
        return self._careful("axis_minor_length", lambda values: self._axis_lengths(values)[1])

    def eccentricity(self) -> np.ndarray:
        """Of that ellipse (n,), 0 for a circle, below 1."""
        return self._careful("eccentricity", lambda values: np.sqrt(1 - values[:, 1] / values[:, 0]))

    def orientation(self) -> np.ndarray:
        """Angle between the rows and the longest axis (n,), -pi/2 to pi/2, counter-clockwise."""
        a, b, c = self._tensor[:, 0, 0], self._tensor[:, 0, 1], self._tensor[:, 1, 1]
        # an angle of 90 degrees is one of -90 as well: a sum of products near zero decides
        upright = np.flatnonzero(np.abs(b) <= _NEAR**2 * self._eigenvalues[:, 0])
        return self._careful("orientation", lambda _: 0.5 * np.arctan2(-2 * b, c - a), upright)

    def perimeter(self) -> np.ndarray:
        """Length of the line through the border pixels (n,)."""
        return perimeters(self._labels, self._runs.ids) * self._spacing[0]

    def area_convex(self) -> np.ndarray:
        """Size of the convex hull (n,)."""
        return convex_areas(self._runs) * float(np.prod(self._spacing))

    def solidity(self) -> np.ndarray:
        """Part of the convex hull that is filled (n,), 0 to 1."""
        return self.area() / self.area_convex()

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Sums of coordinates from the bounding box on (n, axes), and of their products (n, axes, axes); exact."""
        runs = self._runs
        low, _ = runs.bbox
        from_box = low[runs.objects]
        count = runs.lengths
        begin = runs.places[-1] - from_box[:, -1]
        end = begin + count - 1
        # along a run every other coordinate is one number, and the last one counts up
        others = [place - from_box[:, axis] for axis, place in enumerate(runs.places[:-1])]
        along = count * (begin + end) // 2
        squares = (end * (end + 1) * (2 * end + 1) - (begin - 1) * begin * (2 * begin - 1)) // 6
        first = np.stack([runs.total(place * count) for place in others] + [runs.total(along)], axis=1)
        second = np.empty((len(runs.ids), self._axes, self._axes), np.int64)
        last = self._axes - 1
        for i in range(self._axes):
            for j in range(i, self._axes):
                if i == last:
                    products = squares
                elif j == last:
                    products = others[i] * along
                else:
                    products = others[i] * others[j] * count
                second[:, i, j] = second[:, j, i] = runs.total(products)
        return first, second

    @cached_property
    def _tensor(self) -> np.ndarray:
        """Inertia tensor of each object (n, axes, axes)."""
        first, second = self._sums
        count = self._runs.area
        spacing = np.asarray(self._spacing)
        spread = second - first[:, :, None] * first[:, None, :] / count[:, None, None]
        spread = spread * spacing[:, None] * spacing / count[:, None, None]
        tensor = -spread
        total = np.trace(spread, axis1=1, axis2=2)
        for axis in range(self._axes):
            tensor[:, axis, axis] = total - spread[:, axis, axis]
        return tensor

    @cached_property
    def _eigenvalues(self) -> np.ndarray:
        """Of the inertia tensor, the largest first (n, axes)."""
        return np.clip(np.linalg.eigvalsh(self._tensor), 0, None)[:, ::-1]

    def _axis_lengths(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._axes == 2:  # noqa: PLR2004  a plane
            return 4 * np.sqrt(values[:, 0]), 4 * np.sqrt(values[:, -1])
        largest, middle, smallest = values.T
        return (
            np.sqrt(np.maximum(0, 10 * (largest + middle - smallest))),
            np.sqrt(np.maximum(0, 10 * (-largest + middle + smallest))),
        )

    @cached_property
    def _doubtful(self) -> np.ndarray:
        """Indices of objects of which rounding decides what the shape is."""
        values = self._eigenvalues
        most = values[:, 0]
        if self._axes == 2:  # noqa: PLR2004  a plane
            thin = values[:, -1] <= _NEAR * most
        else:
            thin = values[:, 1] + values[:, 2] - most <= _NEAR * most
        return np.flatnonzero(thin | (most - values[:, 1] <= _NEAR * most))

    def _careful(
        self, name: str, compute: Callable[[np.ndarray], np.ndarray], also: np.ndarray | None = None
    ) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(compute(self._eigenvalues), float)
        for index in self._doubtful if also is None else np.union1d(self._doubtful, also):
            found[index] = getattr(self._upstream(int(index)), name)
        return found

    def _upstream(self, index: int) -> object:
        if index not in self._asked:
            low, high = self._runs.bbox
            box = tuple(slice(*ends) for ends in zip(low[index], high[index], strict=True))
            alone = (self._labels[box] == self._runs.ids[index]).astype(np.uint8)
            self._asked[index] = regionprops(alone, spacing=self._spacing)[0]
        return self._asked[index]

    @cached_property
    def _asked(self) -> dict[int, object]:
        return {}
