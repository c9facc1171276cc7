"""The network's part of upstream's `CellposeModel.eval`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter

from parfocal_cellpose.masks import Flows
from parfocal_cellpose.network import TileCounter, count_tiles

if TYPE_CHECKING:
    from parfocal_worker import Context


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
