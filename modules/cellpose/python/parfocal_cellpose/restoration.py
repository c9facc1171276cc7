"""Image restoration before segmentation, as cellpose.denoise.CellposeDenoiseModel does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parfocal_cellpose.images import normalization
from parfocal_cellpose.network import TileCounter, count_tiles

if TYPE_CHECKING:
    from parfocal_worker import Context

# what upstream segments restored images with, whatever the restoration was told
SEGMENTATION_DEFAULTS: dict[str, Any] = {
    "normalize": True,
    "norm3d": True,
    "invert": False,
    "percentile_low": 1.0,
    "percentile_high": 99.0,
    "sharpen_radius": 0,
    "smooth_radius": 0,
    "tile_norm_size": 0,
}


def restore(
    model: Any,  # noqa: ANN401 - upstream is not typed
    stack: np.ndarray,
    diameter: float | None,
    params: dict[str, Any],
    counter: TileCounter,
    context: Context,
) -> tuple[np.ndarray, float | None]:
    """Restore the channels of an image.

    Parameters
    ----------
    model : cellpose.denoise.DenoiseModel
    stack : ndarray of float32
        (z, y, x, channels).
    diameter : float or None
        Of the objects in pixels.
    params : dict
    counter : TileCounter
    context : Context

    Returns
    -------
    tuple
        The restored stack, (z, y, x, channels) float32, larger than the image after "upsample", and the diameter of
        the objects in it.
    """
    image = stack[0] if len(stack) == 1 else stack
    has_nuclei = stack.shape[-1] > 1 and np.ptp(stack[..., -1]) >= 1e-3
    rescale = model.diam_mean / diameter if diameter else 1.0
    tiles = count_tiles(
        (stack.shape[1], stack.shape[2]), rescale, params["tile_size"], params["tile_overlap"], augment=False
    )
    counter.begin(context, tiles * len(stack) * (2 if has_nuclei else 1), "restoration")
    try:
        restored = model.eval(
            image.copy(),
            channels=None,
            channel_axis=image.ndim - 1,
            z_axis=0 if image.ndim == 4 else None,
            normalize=normalization(params, norm_3d=True),
            diameter=diameter,
            batch_size=params["batch_size"],
            tile_overlap=params["tile_overlap"],
            bsize=params["tile_size"],
        )
    finally:
        counter.end()
    restored = np.asarray(restored, np.float32)
    restored = restored[np.newaxis] if len(stack) == 1 else restored
    missing = stack.shape[-1] - restored.shape[-1]
    if missing:
        restored = np.concatenate([restored, np.zeros((*restored.shape[:3], missing), np.float32)], axis=-1)
    return restored, (model.diam_mean if model.ratio > 1 else diameter)
