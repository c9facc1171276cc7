"""Perimeter of all objects at once."""

from __future__ import annotations

from math import sqrt

import numpy as np

_DIAGONAL, _EDGE, _SELF = 10, 2, 1
_WEIGHTS = np.zeros(50)
_WEIGHTS[[5, 7, 15, 17, 25, 27]] = 1
_WEIGHTS[[21, 33]] = sqrt(2)
_WEIGHTS[[13, 23]] = (1 + sqrt(2)) / 2


def perimeters(labels: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Length of each object's line of border pixels, as `skimage.measure.perimeter` with 4 neighbours.

    The weights are those of K. Benkrid and D. Crookes, "Design and FPGA Implementation of a Perimeter Estimator",
    Queen's University of Belfast, which scikit-image cites.

    Parameters
    ----------
    labels : ndarray
        (y, x), 0 background.
    ids : ndarray
        Ascending; all that are in `labels`.

    Returns
    -------
    ndarray
        Pixels (n,), float64.
    """
    padded = np.pad(labels, 1)
    middle = padded[1:-1, 1:-1]
    inside = middle == padded[:-2, 1:-1]
    for neighbour in (padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        inside &= middle == neighbour
    border = np.zeros_like(padded)
    np.copyto(border[1:-1, 1:-1], middle, where=~inside)
    flat = border.ravel()
    places = np.flatnonzero(flat)
    values = flat[places]
    width = padded.shape[1]
    codes = np.full(len(places), _SELF)
    for steps, weight in (((-width, width, -1, 1), _EDGE), ((-width - 1, -width + 1, width - 1, width + 1), _DIAGONAL)):
        for step in steps:
            codes += weight * (flat[places + step] == values)
    return np.bincount(np.searchsorted(ids, values), weights=_WEIGHTS[codes], minlength=len(ids))
