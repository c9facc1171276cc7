"""Non-maximum suppression in 2D, with most candidates decided before upstream's compiled function sees them.

Upstream goes through the candidates from the best to the worst and drops each one that overlaps a kept one too much.
What a dropped candidate would have done to others does not matter, so candidates that are certain to be dropped may be
left out. A thinned set is suppressed first; candidates that one of its survivors covers widely are certain to be
dropped; the doubtful rest is suppressed together with the survivors.
"""

from __future__ import annotations

import numpy as np

from parfocal_stardist import native
from parfocal_stardist.drawing import draw_polygons

_FEW = 300  # candidates that are suppressed faster than thinned
_THINNING = 0.8  # side of the squares of which one candidate each is kept, in typical radii
_BAND = 1.0  # pixels; corners cut to whole pixels move an outline by less


def survivors_2d(points: np.ndarray, dist: np.ndarray, nms_threshold: float) -> np.ndarray:
    """Those candidates that `c_non_max_suppression_inds` of StarDist 0.9.2 keeps.

    Parameters
    ----------
    points : ndarray of int
        (n, 2), y then x, pixels, not negative; the best candidate first.
    dist : ndarray of float32
        (n, rays), pixels.
    nms_threshold : float
        0..1, overlap as part of the smaller of two polygons.

    Returns
    -------
    ndarray of int
        Rising indices of the candidates.
    """
    everything = np.arange(len(points))
    if len(points) <= _FEW:
        return _suppress(points, dist, nms_threshold, everything)
    thinned = _thin(points, dist)
    kept = _suppress(points, dist, nms_threshold, np.flatnonzero(thinned))
    others = np.flatnonzero(~thinned)
    doubtful = others[~_covered(points, dist, nms_threshold, kept, others)]
    # the compiled function looks for neighbours as far as the largest candidate reaches
    again = np.unique(np.concatenate([kept, doubtful, [_largest(dist)]]))
    result = _suppress(points, dist, nms_threshold, again)
    if np.isin(kept, result, assume_unique=True).all():
        return result
    # a doubtful candidate has displaced one that others were left out for
    return _suppress(points, dist, nms_threshold, everything)


def _suppress(points: np.ndarray, dist: np.ndarray, nms_threshold: float, index: np.ndarray) -> np.ndarray:
    if not len(index):
        return index
    survivors = native.stardist2d().c_non_max_suppression_inds(
        np.ascontiguousarray(dist[index], np.float32),
        np.ascontiguousarray(points[index], np.float32),
        1,  # neighbours from a k-d tree
        1,  # bounding boxes first
        0,  # nothing printed
        np.float32(nms_threshold),
    )
    return index[survivors]


def _thin(points: np.ndarray, dist: np.ndarray) -> np.ndarray:
    """Mark the best candidate of each square of the image, and the largest one."""
    side = max(1.0, _THINNING * float(np.median(dist[:: max(1, len(dist) // 64)])))
    rows, columns = (points / side).astype(np.intp).T
    square = rows * (columns.max() + 1) + columns
    best = np.full(square.max() + 1, len(points))
    np.minimum.at(best, square, np.arange(len(points)))
    marked = np.zeros(len(points) + 1, bool)
    marked[best] = True
    marked[_largest(dist)] = True
    return marked[:-1]


def _largest(dist: np.ndarray) -> int:
    return int(np.argmax(dist.max(axis=1)))


def _covered(
    points: np.ndarray, dist: np.ndarray, nms_threshold: float, kept: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Which of `others` overlap a better candidate of `kept` too much, without doubt.

    A polygon shrunk about its centre to the part `share` of its area, all of it within another polygon, makes an
    overlap of at least `share`.
    """
    map_of_kept = _map(points, dist, kept)
    covering = map_of_kept[points[others, 0] + 1, points[others, 1] + 1] - 1
    area, outline = _measure(dist[others])
    share = nms_threshold + (_BAND * outline + _dents(dist[kept])[covering]) / area
    possible = (covering >= 0) & (kept[covering] < others) & (share < 1)

    within = np.zeros(len(others), bool)
    some = others[possible]
    shrunk = dist[some] * np.sqrt(share[possible], dtype=np.float32)[:, np.newaxis]
    sine, cosine = _directions(dist.shape[1])
    height, width = map_of_kept.shape
    pixel = _nearest(points[some, 0], shrunk * sine, height) * width
    pixel += _nearest(points[some, 1], shrunk * cosine, width)
    within[possible] = np.all(map_of_kept.ravel()[pixel] == covering[possible, np.newaxis] + 1, axis=1)
    return within


def _map(points: np.ndarray, dist: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Where the kept polygons lie, the best above the others, with a rim of one pixel that belongs to none."""
    polygons = dist[kept][:, np.newaxis] * _directions(dist.shape[1]) + points[kept][..., np.newaxis]
    height, width = (int(side) for side in points.max(axis=0) + 1)
    return np.pad(draw_polygons(polygons, np.arange(len(kept))[::-1], (height, width)), 1)


def _nearest(centre: np.ndarray, offset: np.ndarray, side: int) -> np.ndarray:
    """Indices into a map with a rim, (n, rays); what lies outside is on the rim."""
    offset += centre[:, np.newaxis].astype(np.float32) + np.float32(1.5)
    return np.clip(offset, 0, side - 1, out=offset).astype(np.intp)


def _measure(dist: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Area and length of the outline of each polygon, (n,)."""
    angle = 2 * np.pi / dist.shape[1]
    following = np.roll(dist, -1, axis=1)
    product = dist * following
    area = 0.5 * np.sin(angle) * product.sum(axis=1)
    product *= np.float32(2 - 2 * np.cos(angle))
    following -= dist
    following *= following
    following += product
    return area, np.sqrt(following, out=following).sum(axis=1)


def _dents(dist: np.ndarray) -> np.ndarray:
    """Area that lies between each polygon's corners and the chords of their neighbours, (n,)."""
    angle = 2 * np.pi / dist.shape[1]
    last, following = np.roll(dist, 1, axis=1), np.roll(dist, -1, axis=1)
    chorded = 0.5 * np.sin(2 * angle) * last * following
    pointed = 0.5 * np.sin(angle) * dist * (last + following)
    return np.maximum(chorded - pointed, 0).sum(axis=1)


def _directions(rays: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, rays, endpoint=False)
    return np.array([np.sin(angles), np.cos(angles)], np.float32)
