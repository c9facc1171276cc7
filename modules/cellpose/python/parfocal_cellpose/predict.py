"""The network's part of upstream's `CellposeModel.eval`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter

from parfocal_cellpose.masks import Flows, no_flows
from parfocal_cellpose.network import TileCounter, count_tiles

if TYPE_CHECKING:
    from parfocal_worker import Context


@dataclass
class Prepared:
    """An image as the network takes it.

    Attributes
    ----------
    stack : ndarray of float32, or None
        (z, y, x, channels), normalised; None where nothing can be found.
    rescale : float
        Size that the network knows over the size that the objects have.
    anisotropy : float or None
        Distance of planes over distance of pixels, for 3D.
    image_shape : tuple of int
        z, y, x of the image before restoration.
    params : dict
        Those that hold from here on.
    restored : ndarray of float32, or None
        (z, y, x, channels)
    """

    stack: np.ndarray | None
    rescale: float
    anisotropy: float | None
    image_shape: tuple[int, int, int]
    params: dict[str, Any]
    restored: np.ndarray | None = None

    @staticmethod
    def empty(
        image_shape: tuple[int, int, int], params: dict[str, Any], restored: np.ndarray | None = None
    ) -> Prepared:
        """An image in which nothing can be found."""
        return Prepared(None, 1.0, None, image_shape, params, restored)


def run_together(
    model: Any,  # noqa: ANN401 - upstream is not typed
    images: list[Prepared],
    counter: TileCounter,
    context: Context,
) -> list[Flows]:
    """Flows of images; those of one size and scale are planes of one stack for the network, whose batches span them.

    Parameters
    ----------
    model : cellpose.models.CellposeModel
    images : list of Prepared
        With equal parameters.
    counter : TileCounter
    context : Context
        Hears of the tiles.
    """
    groups: dict[Any, list[int]] = {}
    for index, image in enumerate(images):
        if image.stack is None:
            continue
        is_3d = image.params["do3d"] and len(image.stack) > 1
        key = (index,) if is_3d else (image.stack.shape[1:], image.rescale)
        groups.setdefault(key, []).append(index)
    found = {i: no_flows(image.image_shape, image.params) for i, image in enumerate(images) if image.stack is None}
    for indices in groups.values():
        members = [images[index] for index in indices]
        stacks = [member.stack for member in members if member.stack is not None]
        first = members[0]
        joined = run_network(
            model,
            stacks[0] if len(stacks) == 1 else np.concatenate(stacks),
            first.rescale,
            first.anisotropy,
            first.image_shape,
            first.params,
            counter,
            context,
        )
        if len(stacks) == 1:
            found[indices[0]] = joined
            continue
        begin = 0
        for index, member, stack in zip(indices, members, stacks, strict=True):
            planes = slice(begin, begin + len(stack))
            begin += len(stack)
            found[index] = Flows(
                np.ascontiguousarray(joined.flows[:, planes]),
                np.ascontiguousarray(joined.cellprob[planes]),
                joined.styles[planes],
                (stack.shape[0], stack.shape[1], stack.shape[2]),
                member.image_shape,
                member.rescale,
            )
    return [found[index] for index in range(len(images))]


def run_network(
    model: Any,  # noqa: ANN401 - upstream is not typed
    stack: np.ndarray,
    rescale: float,
    anisotropy: float | None,
    image_shape: tuple[int, int, int],
    params: dict[str, Any],
    counter: TileCounter,
    context: Context,
) -> Flows:
    """Flows of an image.

    Parameters
    ----------
    model : cellpose.models.CellposeModel
        Its `net` may be an `TileNetwork`.
    stack : ndarray of float32
        (z, y, x, channels), normalised.
    rescale : float
        Size that the network knows over the size that the objects have.
    anisotropy : float or None
        Distance of planes over distance of pixels, for 3D.
    image_shape : tuple of int
        z, y, x of the image before restoration.
    params : dict
        `do3d`, `flow3d_smooth`, `resample`, `augment`, `batch_size`, `tile_overlap`, `tile_size`.
    counter : TileCounter
    context : Context
    """
    is_3d = params["do3d"] and len(stack) > 1
    common: dict[str, Any] = {
        "rescale": rescale,
        "augment": params["augment"],
        "batch_size": params["batch_size"],
        "tile_overlap": params["tile_overlap"],
        "bsize": params["tile_size"],
        "resample": params["resample"],
        "do_3D": is_3d,
        "anisotropy": anisotropy,
    }
    shape = (stack.shape[0], stack.shape[1], stack.shape[2])
    counter.begin(context, _total(shape, rescale, anisotropy if is_3d else None, {**params, "do3d": is_3d}))
    try:
        flows, cellprob, styles = model._run_net(stack, **common)
    finally:
        counter.end()
    if is_3d and params["flow3d_smooth"] > 0:
        sigma = params["flow3d_smooth"]
        flows = gaussian_filter(flows, (0, sigma, sigma, sigma))
    styles = np.atleast_2d(styles)
    return Flows(np.ascontiguousarray(flows), np.ascontiguousarray(cellprob), styles, shape, image_shape, rescale)


def _total(shape: tuple[int, int, int], rescale: float, anisotropy: float | None, params: dict[str, Any]) -> int:
    z, y, x = shape
    tiles = (params["tile_overlap"], params["augment"])
    if not params["do3d"]:
        return z * count_tiles((y, x), rescale, params["tile_size"], *tiles)
    if rescale != 1.0 or anisotropy not in (None, 1.0):
        z, y, x = int(z * (anisotropy or 1.0) * rescale), int(y * rescale), int(x * rescale)
    # run_3D does not pass the tile size on: 224
    planes = ((z, (y, x)), (y, (z, x)), (x, (z, y)))
    return sum(count * count_tiles(sides, 1.0, 224, *tiles) for count, sides in planes)
