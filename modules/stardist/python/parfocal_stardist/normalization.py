"""Intensities to about 0..1, as `csbdeep.utils.normalize` does it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_EPSILON = np.float32(1e-20)  # csbdeep's, so that the same digits come out


def normalize(
    image: np.ndarray, low: float, high: float, *, per_channel: bool, warn: Callable[[str], None]
) -> np.ndarray:
    """Map two percentiles to 0 and 1.

    Parameters
    ----------
    image : ndarray
        (*spatial, channels), any real dtype, finite.
    low, high : float
        Percentiles, 0..100, low below high.
    per_channel : bool
        Percentiles of each channel on its own instead of all together.
    warn : callable
        Told when a channel's two percentiles are equal, though it is not constant: its minimum and maximum are used
        then.

    Returns
    -------
    ndarray of float32
        Same shape; a new array. Values beyond the percentiles lie outside 0..1.
    """
    if not per_channel:
        return _stretch(image, low, high, warn)
    channels = [_stretch(image[..., index], low, high, warn) for index in range(image.shape[-1])]
    return np.stack(channels, axis=-1)


def _stretch(image: np.ndarray, low: float, high: float, warn: Callable[[str], None]) -> np.ndarray:
    # one call per percentile: for float32 images numpy gives other digits when asked for both at once
    bottom, top = np.float32(np.percentile(image, low)), np.float32(np.percentile(image, high))
    if top <= bottom:
        bottom, top = np.float32(image.min()), np.float32(image.max())
        if top > bottom:
            warn(f"percentiles {low:g} and {high:g} are the same value, minimum and maximum were used instead")
    stretched = image.astype(np.float32)
    stretched -= bottom
    stretched /= top - bottom + _EPSILON
    return stretched
