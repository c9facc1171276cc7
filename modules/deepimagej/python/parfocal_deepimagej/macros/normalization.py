"""Macros that scale grey values. All take float32, return float32 and follow ImageJ's arithmetic."""

from __future__ import annotations

import numpy as np

from parfocal_deepimagej.macros.script import Script

_TINY = 1e-20
_BINS = 256
"""What upstream's macros set `nBins` to; a macro may say otherwise."""


def zero_mean_unit_variance(image: np.ndarray, script: Script) -> np.ndarray:
    """Subtract the mean, divide by the standard deviation; ImageJ's is that of a sample (n - 1)."""
    return (image - np.float32(image.mean(dtype=np.float64))) / np.float32(image.std(dtype=np.float64, ddof=1))


def fixed_zero_mean_unit_variance(image: np.ndarray, script: Script) -> np.ndarray:
    """Subtract `paramMean`, divide by `paramStd`."""
    return (image - np.float32(script.number("paramMean"))) / np.float32(script.number("paramStd"))


def mean_normalization(image: np.ndarray, script: Script) -> np.ndarray:
    """Stretch to 0..1, then as `fixed_zero_mean_unit_variance`."""
    return fixed_zero_mean_unit_variance(stretch(image), script)


def scale_linear(image: np.ndarray, script: Script) -> np.ndarray:
    """Multiply by `gain`, add `offset`."""
    return image * np.float32(script.number("gain")) + np.float32(script.number("offset"))


def per_sample_scale_range(image: np.ndarray, script: Script) -> np.ndarray:
    """Map two percentiles of a histogram to 0 and 1: `min_percentile` and `max_percentile`, as shares of 1."""
    counts, edges = _histogram(image, script)
    shares = np.cumsum(counts) / counts.sum()
    first = _first_bin(shares, script.number("min_percentile"), 0)
    return _between(image, edges, first, _first_bin(shares, script.number("max_percentile"), first))


def percentile_normalization(image: np.ndarray, script: Script) -> np.ndarray:
    """As `per_sample_scale_range`, with the first and the last value of `target`.

    The macro starts its sum of counts with the lowest grey value in the place of the first count (its line
    `cumHist[0] = values[0]`). Models were trained with what comes out of that, so it is kept.
    """
    counts, edges = _histogram(image, script)
    sums = np.cumsum(np.concatenate([edges[:1], counts[1:]]))
    shares = sums / sums[-1]
    low, high = script.numbers["target"][0], script.number("target")
    return _between(image, edges, _first_bin(shares, low, 0), _first_bin(shares, high, 0))


def stretch(image: np.ndarray) -> np.ndarray:
    """Map the smallest value to 0 and the largest to 1."""
    low, high = float(image.min()), float(image.max())
    return (image - np.float32(low)) / np.float32(high - low + _TINY)


def _histogram(image: np.ndarray, script: Script) -> tuple[np.ndarray, np.ndarray]:
    """ImageJ's histogram of a 32-bit image: bins from smallest to largest value, and their edges."""
    bins = int(script.numbers.get("nBins", [_BINS])[-1])
    return np.histogram(image, bins, (float(image.min()), float(image.max())))


def _between(image: np.ndarray, edges: np.ndarray, first: int, last: int) -> np.ndarray:
    """Map the low ends of two bins to 0 and 1."""
    return (image - np.float32(edges[first])) / np.float32(edges[last] - edges[first] + _TINY)


def _first_bin(shares: np.ndarray, target: float, start: int) -> int:
    """The first bin behind `start` at which the share is reached."""
    index = start + 1
    while index < len(shares) - 1 and shares[index] < target:
        index += 1
    return min(index, len(shares) - 1)
