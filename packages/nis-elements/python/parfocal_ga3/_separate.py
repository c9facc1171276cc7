"""Labels as a mask of 0 and 1 whose pieces are the objects: what an 8-bit binary of NIS-Elements needs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[Any]


def separate_touching(labels: Labels) -> npt.NDArray[np.uint8]:
    """Cut objects apart where they touch, also diagonally.

    Of two objects that touch, the one with the lower number loses the pixels at the border, so that a gap of one pixel
    is left between them. An object that would vanish keeps its pixels, and its neighbours lose theirs; of several such
    objects that touch one another, not all can be kept.

    Parameters
    ----------
    labels
        (y, x) or (z, y, x), any integer type, 0 is background.

    Returns
    -------
    (y, x) or (z, y, x), uint8
        1 in objects. Objects that are thinner than two pixels where they touch another may fall into pieces.
    """
    kept = (labels != 0) & (_highest_around(labels) == labels)
    for lost in _missing(labels, kept):
        own = labels == lost
        around = _grown(own)
        kept &= ~around
        kept |= own
    return kept.astype(np.uint8)


def _missing(labels: Labels, kept: npt.NDArray[np.bool_]) -> list[int]:
    """Numbers of the objects of which nothing is left."""
    return np.setdiff1d(labels[labels != 0], labels[kept]).tolist()


def _highest_around(labels: Labels) -> Labels:
    """Largest number in the 3 x 3 (x 3) pixels around each; one axis after the other comes to the same."""
    highest = labels.copy()
    for axis in range(labels.ndim):
        moving = np.moveaxis(highest, axis, 0)
        before = moving.copy()
        np.maximum(moving[1:], before[:-1], out=moving[1:])
        np.maximum(moving[:-1], before[1:], out=moving[:-1])
    return highest


def _grown(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The mask and all pixels that touch it."""
    grown = np.zeros(mask.shape, bool)
    places = np.argwhere(mask)
    for step in product((-1, 0, 1), repeat=mask.ndim):
        moved = places + np.array(step)
        inside = ((moved >= 0) & (moved < mask.shape)).all(axis=1)
        grown[tuple(moved[inside].T)] = True
    return grown
