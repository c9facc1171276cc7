"""Numbers of each object: how large it is and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Measurements(NamedTuple):
    """One row for each object, in the order of their numbers; n objects."""

    ids: npt.NDArray[np.int64]
    """Numbers of the objects (n,)."""
    counts: npt.NDArray[np.int64]
    """Pixels, or in a volume voxels, of each (n,)."""
    centroids: npt.NDArray[np.float64]
    """Mean place of the pixels (n, axes), axes as in the labels, in pixels; 0 is the middle of the first pixel."""


def measure(labels: npt.NDArray[Any]) -> Measurements:
    """Count the pixels of each object and average their places.

    Parameters
    ----------
    labels
        (y, x) or (z, y, x), any integer type, 0 is background.
    """
    places = np.nonzero(labels)
    ids, rows, counts = np.unique(labels[places], return_inverse=True, return_counts=True)
    rows = rows.reshape(-1)
    sums = [np.bincount(rows, weights=axis, minlength=len(ids)) for axis in places]
    centroids = np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]
    return Measurements(ids.astype(np.int64), counts.astype(np.int64), centroids)


def scores_of(ids: npt.NDArray[np.int64], scores: Sequence[float] | npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Score of each object: row i of `scores` belongs to the object with number i + 1, as modules give them."""
    given = np.asarray(scores, np.float64).reshape(-1)
    found = np.full(ids.shape, np.nan)
    known = (ids >= 1) & (ids <= len(given))
    found[known] = given[ids[known] - 1]
    return found
