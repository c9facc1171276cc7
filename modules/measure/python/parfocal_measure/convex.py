"""Area of the convex hull of all objects at once."""

from __future__ import annotations

import numpy as np

from parfocal_measure.runs import Runs


def convex_areas(runs: Runs) -> np.ndarray:
    """Pixels whose centre lies in or on the hull of an object, as `skimage.morphology.convex_hull_image` counts them.

    A pixel is there the middles of its four edges. Coordinates are doubled, so that all of this is whole numbers.

    Parameters
    ----------
    runs : Runs
        Of flat labels (y, x).

    Returns
    -------
    ndarray
        Pixels (n,), float64.
    """
    if len(runs.ids) == 0:
        return np.zeros(0)
    rows, left = runs.places
    right = left + runs.lengths - 1
    # leftmost and rightmost pixel of each row of each object
    new = np.flatnonzero(np.diff(rows, prepend=-1) | np.diff(runs.objects, prepend=-1))
    objects, rows = runs.objects[new], rows[new]
    left, right = np.minimum.reduceat(left, new), np.maximum.reduceat(right, new)

    low, high = runs.bbox
    heights = high[:, 0] - low[:, 0]
    of_line = np.repeat(np.arange(len(runs.ids)), heights)
    first = np.cumsum(heights) - heights
    lines = np.arange(len(of_line)) - first[of_line] + low[of_line, 0]
    # the left side is the right side of the mirrored object
    last_inside = _reach(objects, rows, right, of_line, lines)
    first_inside = -_reach(objects, rows, -left, of_line, lines)
    return np.add.reduceat((last_inside - first_inside + 1).astype(float), first)


def _reach(
    objects: np.ndarray, rows: np.ndarray, columns: np.ndarray, of_line: np.ndarray, lines: np.ndarray
) -> np.ndarray:
    """Last column in the hull, on each line; `columns` are the last pixels of rows."""
    who = np.repeat(objects, 3)
    y = (2 * rows[:, None] + [-1, 0, 1]).ravel()
    x = (2 * columns[:, None] + [0, 1, 0]).ravel()
    # upper and lower middles of neighbouring rows meet: the outer one counts
    order = np.lexsort((-x, y, who))
    who, y, x = who[order], y[order], x[order]
    kept = np.concatenate([[True], (np.diff(who) != 0) | (np.diff(y) != 0)])
    who, y, x = who[kept], y[kept], x[kept]
    while True:
        # a point on or inside the line between its neighbours is no corner; the outermost of an object have only one
        before, here, after = slice(None, -2), slice(1, -1), slice(2, None)
        cross = (x[here] - x[before]) * (y[after] - y[before]) - (x[after] - x[before]) * (y[here] - y[before])
        inner = (who[before] == who[here]) & (who[here] == who[after]) & (cross <= 0)
        if not inner.any():
            break
        kept = np.concatenate([[True], ~inner, [True]])
        who, y, x = who[kept], y[kept], x[kept]
    span = int(y.max()) + 2 if len(y) else 1
    wanted = 2 * lines
    edge = np.searchsorted(who * span + y, of_line * span + wanted, side="right") - 1
    rise, run = x[edge + 1] - x[edge], y[edge + 1] - y[edge]
    return (x[edge] * run + rise * (wanted - y[edge])) // (2 * run)
