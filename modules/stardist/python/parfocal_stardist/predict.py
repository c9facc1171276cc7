"""From an image to network outputs and object candidates.

Padding, tiling, cropping, candidate selection and the border rule follow `StarDistBase.predict_instances` of StarDist
0.9.2: on sizes that the network cannot take as they are, anything else finds other objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from parfocal_worker import BadInputError

from parfocal_stardist.config import ModelConfig
from parfocal_stardist.instances import Candidates
from parfocal_stardist.normalization import normalize
from parfocal_stardist.tiling import Tile

_BORDER = 2  # cells at the rim of the padded image that upstream never takes as candidates
_SMALLEST_DISTANCE = 1e-3  # upstream's lower bound, which its geometry needs
_LARGEST_VALUE = 1e37  # differences of values must fit float32


@dataclass(frozen=True)
class Cells:
    """Network outputs for a part of the image or all of it.

    Attributes
    ----------
    prob : ndarray of float32
        (*cells)
    dist : ndarray of float32
        (rays, *cells)
    classes : ndarray of float32 or None
        (classes + 1, *cells)
    start : tuple of int
        Position of the first cell in the whole output.
    """

    prob: np.ndarray
    dist: np.ndarray
    classes: np.ndarray | None
    start: tuple[int, ...]


def check_image(image: np.ndarray, axes: str, config: ModelConfig) -> np.ndarray:
    """Refuse images that the model cannot take.

    Parameters
    ----------
    image : ndarray
        Any real dtype.
    axes : str
        Its axes, e.g. "yx" or "yxc".
    config : ModelConfig

    Returns
    -------
    ndarray
        (*spatial, channels); bool as uint8, float16 as float32.

    Raises
    ------
    BadInputError
        Wrong axes or channel count, no pixels, complex values, or values that are not finite or beyond 1e37.
    """
    spatial = config.spatial_axes
    takes = f"{spatial} with 1 channel" if config.channels == 1 else f"{spatial}c with {config.channels} channels"
    if axes == spatial:
        image = image[..., np.newaxis]
    elif axes != f"{spatial}c":
        raise BadInputError(f"this model takes {takes}, the image has axes {axes}", hint=f"give the image as {spatial}")
    if image.shape[-1] != config.channels:
        count = image.shape[-1]
        hint = (
            "choose one channel of the image"
            if config.channels == 1
            else "choose the channels the model was trained on"
        )
        raise BadInputError(f"this model takes {takes}, the image has {count} (axes {axes})", hint=hint)
    if image.size == 0:
        raise BadInputError(f"the image has no pixels: shape {image.shape[:-1]}", hint="check how it was cropped")
    if image.dtype.kind not in "buif":
        raise BadInputError(
            f"images of dtype {image.dtype} cannot be segmented", hint="convert it to float32 or uint16"
        )
    if image.dtype.kind == "f":
        _check_values(image)
    if image.dtype == bool:
        return image.view(np.uint8)
    return image.astype(np.float32) if image.dtype == np.float16 else image


def prepare(image: np.ndarray, config: ModelConfig, params: dict[str, Any], warn: Callable[[str], None]) -> np.ndarray:
    """Normalise and scale an image.

    Parameters
    ----------
    image : ndarray
        As `check_image` returns it.
    config : ModelConfig
    params : dict
        `normalize`, `percentile_low`, `percentile_high`, `normalize_channels`, `scale`.
    warn : callable
        Told what the user should know.

    Returns
    -------
    ndarray of float32
        (*spatial, channels)

    Raises
    ------
    BadInputError
        The scale leaves no pixels, or the percentiles are in the wrong order.
    """
    low, high = params["percentile_low"], params["percentile_high"]
    if params["normalize"]:
        if low >= high:
            hint = "use for example 1 and 99.8"
            raise BadInputError(f"percentile_low {low:g} must be below percentile_high {high:g}", hint=hint)
        per_channel = params["normalize_channels"] == "independent"
        image = normalize(image, low, high, per_channel=per_channel, warn=warn)
    else:
        image = image.astype(np.float32)
    return image if params["scale"] == 1 else _zoom(image, config, params["scale"])


def pad(image: np.ndarray, config: ModelConfig) -> np.ndarray:
    """Mirror the image at its far ends up to the next size that the network takes.

    Parameters
    ----------
    image : ndarray
        (*spatial, channels)
    config : ModelConfig

    Returns
    -------
    ndarray
        (channels, *spatial), sides multiples of `config.divisor`.
    """
    ends = [(0, -side % divisor) for side, divisor in zip(image.shape[:-1], config.divisor, strict=True)]
    return np.moveaxis(np.pad(image, [*ends, (0, 0)], mode="reflect"), -1, 0)


def run_tiles(padded: np.ndarray, tiles: list[Tile], run: Callable[[np.ndarray], list[np.ndarray]]) -> Iterator[Cells]:
    """Apply the network tile by tile.

    Parameters
    ----------
    padded : ndarray of float32
        As `pad` returns it.
    tiles : list of Tile
    run : callable
        `Session.run`.

    Yields
    ------
    Cells
        The part of the output that each tile answers for.
    """
    for tile in tiles:
        outputs = run(np.ascontiguousarray(padded[(slice(None), *tile.read)]))
        prob, dist, *classes = [output[(slice(None), *tile.keep)] for output in outputs]
        yield Cells(prob[0], dist, classes[0] if classes else None, tuple(part.start for part in tile.write))


def select(
    part: Cells, cells: tuple[int, ...], shape: tuple[int, ...], grid: tuple[int, ...], threshold: float
) -> Candidates:
    """Cells of `part` that may be objects.

    Parameters
    ----------
    part : Cells
    cells : tuple of int
        Shape of the whole output, padding included: its rim is left out.
    shape : tuple of int
        Spatial shape of the scaled image before padding: candidates beyond it are left out.
    grid : tuple of int
        Pixels per cell.
    threshold : float
        Only cells of higher probability are taken.

    Returns
    -------
    Candidates
    """
    index = np.nonzero(part.prob > threshold)
    positions = np.stack(index, axis=1) + np.asarray(part.start)
    points = positions * np.asarray(grid)
    inside = np.all(positions >= _BORDER, axis=1) & np.all(positions < np.asarray(cells) - _BORDER, axis=1)
    inside &= np.all(points < np.asarray(shape), axis=1)
    index = tuple(axis[inside] for axis in index)
    dist = np.maximum(part.dist[(slice(None), *index)].T, np.float32(_SMALLEST_DISTANCE))
    classes = None if part.classes is None else part.classes[(slice(None), *index)].T
    return Candidates(points[inside], part.prob[index], dist, classes)


def merge(parts: list[Candidates], cells: tuple[int, ...], grid: tuple[int, ...]) -> Candidates:
    """Put the candidates of several tiles into C order of the cells, as one pass would have found them.

    Parameters
    ----------
    parts : list of Candidates
        At least one.
    cells, grid : tuple of int
        As for `select`.

    Returns
    -------
    Candidates
    """
    if len(parts) == 1:
        return parts[0]
    with_classes = [part.classes for part in parts if part.classes is not None]
    together = Candidates(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.prob for part in parts]),
        np.concatenate([part.dist for part in parts]),
        np.concatenate(with_classes) if with_classes else None,
    )
    flat = np.ravel_multi_index(tuple((together.points // np.asarray(grid)).T), cells)
    return together.at(np.argsort(flat))


def _check_values(image: np.ndarray) -> None:
    bad = image.size - int(np.count_nonzero(np.isfinite(image)))
    if bad:
        hint = "replace NaN and infinite values, for example by 0, before segmenting"
        raise BadInputError(f"{bad} of {image.size} pixel values are NaN or infinite", hint=hint)
    largest = max(abs(float(image.min())), abs(float(image.max())))
    if largest > _LARGEST_VALUE:
        hint = "divide the image by a constant before segmenting"
        raise BadInputError(f"pixel values up to {largest:g} are too large: beyond 1e37", hint=hint)


def _zoom(image: np.ndarray, config: ModelConfig, scale: float) -> np.ndarray:
    from scipy.ndimage import zoom  # imported here: half a second that most runs do not need

    if any(round(side * scale) < 1 for side in image.shape[:-1]):
        raise BadInputError(
            f"scale {scale:g} leaves no pixels of an image of {image.shape[:-1]}", hint="use a larger scale"
        )
    if config.channels == 1:
        return np.asarray(zoom(image[..., 0], scale, order=1))[..., np.newaxis]
    return np.asarray(zoom(image, (*(scale for _ in config.spatial_axes), 1), order=1))
