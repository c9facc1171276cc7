"""Labels as runs of equal neighbours, from which most properties of all objects follow at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Runs:
    """Pixels of objects, as stretches along the last axis.

    Attributes
    ----------
    shape : tuple of int
        Of the labels.
    ids : ndarray
        Object ids, ascending (n,).
    objects : ndarray
        Index into `ids` of each run, ascending; runs of one object are in the order of pixels.
    starts : ndarray
        Flat index of each run's first pixel.
    lengths : ndarray
        Pixels of each run.
    """

    shape: tuple[int, ...]
    ids: np.ndarray
    objects: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @cached_property
    def first(self) -> np.ndarray:
        """Index of the first run of each object (n,)."""
        return np.searchsorted(self.objects, np.arange(len(self.ids)))

    @cached_property
    def area(self) -> np.ndarray:
        """Pixels of each object (n,), int64."""
        return self.total(self.lengths)

    @cached_property
    def places(self) -> tuple[np.ndarray, ...]:
        """Coordinates of each run's first pixel, one array for each axis."""
        return np.unravel_index(self.starts, self.shape)

    @cached_property
    def bbox(self) -> tuple[np.ndarray, np.ndarray]:
        """First pixel and the one behind the last of each object along each axis, both (n, axes)."""
        if len(self.ids) == 0:
            none = np.zeros((0, len(self.shape)), np.int64)
            return none, none
        *rows, columns = self.places
        low = [np.minimum.reduceat(place, self.first) for place in (*rows, columns)]
        high = [np.maximum.reduceat(place, self.first) + 1 for place in rows]
        high.append(np.maximum.reduceat(columns + self.lengths, self.first))
        return np.stack(low, axis=1), np.stack(high, axis=1)

    def total(self, of_runs: np.ndarray) -> np.ndarray:
        """Sum over each object's runs (n,)."""
        return np.add.reduceat(of_runs, self.first) if len(self.ids) else of_runs[:0]

    def pixels(self) -> tuple[np.ndarray, np.ndarray]:
        """Flat indices of all pixels, object by object, and where each object's begin (n + 1,)."""
        ends = np.cumsum(self.lengths)
        count = int(ends[-1]) if len(ends) else 0
        indices = np.repeat(self.starts - (ends - self.lengths), self.lengths) + np.arange(count)
        return indices, np.concatenate([[0], np.cumsum(self.area)]).astype(np.int64)


def find_runs(labels: np.ndarray) -> Runs:
    """Find the runs of all objects.

    Parameters
    ----------
    labels : ndarray
        int32, 0 background, any number of axes; ids of any size.

    Returns
    -------
    Runs
        Sorted by object.
    """
    rows = labels.reshape(-1, labels.shape[-1])
    changes = np.empty(rows.shape, bool)
    changes[:, :1] = True
    np.not_equal(rows[:, 1:], rows[:, :-1], out=changes[:, 1:])
    starts = np.flatnonzero(changes)
    values = rows.ravel()[starts]
    lengths = np.diff(starts, append=rows.size)
    inside = values > 0
    starts, values, lengths = starts[inside], values[inside], lengths[inside]
    ids, objects = np.unique(values, return_inverse=True)
    order = np.argsort(objects, kind="stable")
    return Runs(labels.shape, ids, objects[order], starts[order], lengths[order])
