"""From a probability to labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from parfocal_worker import Context
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.segmentation import relabel_sequential
from skimage.segmentation import watershed as flood

_SMOOTHING = 1.0
"""Sigma in pixels that the distance to the border is smoothed with, so that a ragged border makes no centres."""


def threshold_components(probability: np.ndarray, *, threshold: float, min_size: int, context: Context) -> np.ndarray:
    """Label pixels above a threshold that touch each other at their sides.

    Parameters
    ----------
    probability : ndarray
        float32, "yx" or "zyx".
    threshold : float
    min_size : int
        Objects with fewer pixels are dropped.
    context : Context

    Returns
    -------
    ndarray
        int32, numbered from 1 in reading order.
    """
    context.check_cancelled()
    labels: Any = ndimage.label(probability > threshold)
    return _drop_small(np.asarray(labels[0], np.int32), min_size)


def watershed(
    probability: np.ndarray, *, threshold: float, min_size: int, min_distance: float, context: Context
) -> np.ndarray:
    """Label pixels above a threshold, parted where they narrow: one object per peak of the distance to the border.

    Parameters
    ----------
    probability : ndarray
        float32, "yx" or "zyx".
    threshold : float
    min_size : int
        Objects with fewer pixels are dropped.
    min_distance : float
        Peaks are at least so many pixels apart.
    context : Context

    Returns
    -------
    ndarray
        int32, numbered from 1.
    """
    mask = probability > threshold
    labels: Any = ndimage.label(mask)
    distance: Any = ndimage.gaussian_filter(np.asarray(ndimage.distance_transform_edt(mask)), _SMOOTHING)
    context.check_cancelled()
    peaks: Any = peak_local_max(
        distance, min_distance=max(1, round(min_distance)), labels=labels[0], exclude_border=False
    )
    markers = np.zeros(mask.shape, np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    context.check_cancelled()
    flooded: Any = flood(-distance, markers, mask=mask)
    return _drop_small(np.asarray(flooded, np.int32), min_size)


def _drop_small(labels: np.ndarray, min_size: int) -> np.ndarray:
    sizes = np.bincount(labels.ravel())
    kept: Any = relabel_sequential(np.where(sizes[labels] >= min_size, labels, 0))
    return np.asarray(kept[0], np.int32)
