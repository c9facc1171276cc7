"""Drawing many polygons at once, pixel for pixel as `skimage.draw.polygon` draws them one by one.

Instead of asking for every pixel of a polygon's bounding box on which side of every edge it lies, each row is filled
between the places where edges cross it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_PIXELS_AT_ONCE = 1 << 20
_TOO_CLOSE = 1e-5  # pixels; nearer than this to a crossing, rounding decides on which side a pixel lies


def draw_polygons(
    polygons: np.ndarray, order: np.ndarray, shape: tuple[int, ...], labels: np.ndarray | None = None
) -> np.ndarray:
    """Label the pixels that polygons cover.

    Parameters
    ----------
    polygons : ndarray of float32
        (n, 2, corners), y then x, pixels; may reach beyond the image.
    order : ndarray of int
        (n,) indices of `polygons`: a later one covers those before it.
    shape : tuple of int
        Rows and columns of the image.
    labels : ndarray of int32, or None
        (*shape), to draw into; whatever was there is lost. None makes one.

    Returns
    -------
    ndarray of int32
        (*shape), polygon i is i + 1, 0 is background.
    """
    if labels is None:
        labels = np.zeros(shape, np.int32)
    else:
        labels.fill(0)
    if not len(order):
        return labels
    polygons = polygons[order].astype(np.float64)
    for part in _portions(polygons, shape):
        _draw(labels, polygons[part], order[part] + 1)
    return labels


def _portions(polygons: np.ndarray, shape: tuple[int, ...]) -> Iterator[slice]:
    """Runs of polygons whose bounding boxes in the image have about `_PIXELS_AT_ONCE` pixels in all."""
    limits = np.array(shape, np.float64)
    low, high = np.clip(polygons.min(axis=2), 0, limits), np.clip(polygons.max(axis=2), 0, limits)
    portion = np.cumsum(np.prod(high - low + 1, axis=1)) // _PIXELS_AT_ONCE
    starts = [0, *(np.flatnonzero(np.diff(portion)) + 1).tolist(), len(polygons)]
    return (slice(start, stop) for start, stop in zip(starts[:-1], starts[1:], strict=True))


def _draw(labels: np.ndarray, polygons: np.ndarray, numbers: np.ndarray) -> None:
    height, width = labels.shape
    stride = width + 1
    y, x = polygons[:, 0], polygons[:, 1]
    next_y, next_x = np.roll(y, -1, axis=1), np.roll(x, -1, axis=1)

    # an edge crosses the rows from its lower end, included, to its upper end, excluded
    first = np.clip(np.ceil(np.minimum(y, next_y)), 0, height).astype(np.intp)
    count = np.clip(np.ceil(np.maximum(y, next_y)), 0, height).astype(np.intp) - first
    top = first.min(axis=1)
    rows = (first + count).max(axis=1) - top
    row_ends = np.cumsum(rows)
    row_starts = row_ends - rows  # the rows of all polygons, one below the other

    with np.errstate(divide="ignore", invalid="ignore"):  # level edges, which cross no row
        slope = (next_x - x) / (next_y - y)
        at_first = x + slope * (first - y)
    count = count.ravel()
    ends = np.cumsum(count)
    offset = np.arange(ends[-1]) - np.repeat(ends - count, count)
    edge = np.repeat(np.arange(count.size), count)
    crossing = at_first.ravel()[edge] + slope.ravel()[edge] * offset
    crossing = np.clip(crossing, -0.5, width - 0.5)
    row = (first - top[:, np.newaxis] + row_starts[:, np.newaxis]).ravel()[edge] + offset

    doubtful = np.abs(crossing - np.rint(crossing)) < _TOO_CLOSE
    exact = np.zeros(len(polygons), bool)
    exact[edge[doubtful] // x.shape[1]] = True
    exact |= _touches(y, next_y)

    ordered = np.sort(row * stride + crossing)
    start = np.ceil(ordered[::2]).astype(np.intp)
    length = np.floor(ordered[1::2]).astype(np.intp) + 1 - start
    span_row = start // stride
    polygon = np.repeat(np.arange(len(polygons)), rows)[span_row]
    length[exact[polygon]] = 0
    pixel = start - span_row * stride + (span_row - row_starts[polygon] + top[polygon]) * width
    span_ends = np.cumsum(length)
    pixels = np.repeat(pixel - span_ends + length, length) + np.arange(length.sum())
    values = np.repeat(numbers[polygon], length)
    done = 0
    for index in np.flatnonzero(exact):
        upto = int(length[polygon < index].sum())
        labels.ravel()[pixels[done:upto]] = values[done:upto]
        labels[_exactly(polygons[index], labels.shape)] = numbers[index]
        done = upto
    labels.ravel()[pixels[done:]] = values[done:]


def _touches(y: np.ndarray, next_y: np.ndarray) -> np.ndarray:
    """Polygons with a corner on a row whose two edges do not lead from one side of the row to the other."""
    last_y = np.roll(y, 1, axis=1)
    turning = (last_y - y) * (next_y - y) >= 0
    return np.any(turning & (np.abs(y - np.rint(y)) < _TOO_CLOSE), axis=1)


def _exactly(polygon: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    from skimage import draw  # imported here: a tenth of a second that hardly any image needs

    return draw.polygon(polygon[0], polygon[1], shape)
