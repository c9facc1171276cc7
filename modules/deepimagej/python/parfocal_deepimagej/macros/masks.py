"""Macros that make masks or points."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from parfocal_deepimagej.macros.normalization import stretch
from parfocal_deepimagej.macros.script import Script


def binarize(image: np.ndarray, script: Script) -> np.ndarray:
    """True from `optimalThreshold` on; ImageJ's mask has 255 there."""
    return image >= np.float32(script.number("optimalThreshold"))


def binarize_8bit(image: np.ndarray, script: Script) -> np.ndarray:
    """Stretch to 0..255, round, and take what is above `optimalThreshold`: what the macro leaves white."""
    return to_8bit(stretch(image)) > script.number("optimalThreshold")


def local_maxima(image: np.ndarray, script: Script) -> np.ndarray:
    """Confidence at local maxima of at least `thresh`, 0 elsewhere.

    Negative values become 0, the rest is divided by `L2_weighting_factor`; a maximum is the largest value within a
    circle of `neighborhood_size` pixels, which in ImageJ holds all pixels with dx^2 + dy^2 <= radius^2 + 1.
    """
    confidence = np.maximum(image, 0) / np.float32(script.number("L2_weighting_factor"))
    radius = script.number("neighborhood_size")
    side = np.arange(-int(radius), int(radius) + 1)
    circle = side[:, np.newaxis] ** 2 + side**2 <= radius**2 + 1
    largest = ndimage.maximum_filter(confidence, footprint=circle, mode="nearest")
    kept = (confidence == largest) & (confidence >= np.float32(script.number("thresh")))
    return np.where(kept, confidence, 0).astype(np.float32)


def to_8bit(image: np.ndarray) -> np.ndarray:
    """A probability as ImageJ converts it: times 255, rounded, clipped."""
    return np.floor(np.clip(image * np.float32(255), 0, 255) + np.float32(0.5)).astype(np.uint8)
