"""The table: which columns there are, what they are called, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from parfocal_worker import Column, Window
from skimage.measure import regionprops_table

from parfocal_measure.intensity import STATISTICS, Intensities
from parfocal_measure.runs import Runs, find_runs
from parfocal_measure.shape import Shapes

if TYPE_CHECKING:
    from parfocal_worker import Context

FLAT_ONLY = {"eccentricity", "moments_hu", "moments_weighted_hu", "orientation", "perimeter", "perimeter_crofton"}
"""Properties that scikit-image has of flat objects alone."""
NEEDS_IMAGE = {*STATISTICS, "centroid_weighted", "centroid_weighted_local"} | {
    f"moments_weighted{kind}" for kind in ("", "_central", "_hu", "_normalized")
}
LENGTHS = {
    "axis_major_length",
    "axis_minor_length",
    "centroid",
    "equivalent_diameter_area",
    "feret_diameter_max",
    "perimeter",
    "perimeter_crofton",
}
AREAS = {"area", "area_bbox", "area_convex", "area_filled"}
ISOTROPIC = {"perimeter", "perimeter_crofton"}
"""Properties that scikit-image has of square pixels alone."""
_AT_ONCE_FLAT = {"area_convex", "solidity"}


def measure_objects(
    labels: np.ndarray, image: np.ndarray | None, params: dict[str, Any], context: Context
) -> list[Column]:
    """Measure every object.

    Parameters
    ----------
    labels : ndarray
        int32 (y, x) or (z, y, x), 0 background.
    image : ndarray or None
        Over `context.axes`.
    params : dict
        ``properties``, ``micrometres``.
    context : Context
        Axes, pixel size, warnings.

    Returns
    -------
    list of Column
        All of one length.
    """
    axes = context.axes if image is not None else "zyx"[-labels.ndim :]
    channels = _channels(image, axes)
    names = ["label", *(name for name in params["properties"] if name != "label")]
    names = list(dict.fromkeys(names))
    names = [name for name in names if labels.ndim == 2 or name not in FLAT_ONLY]  # noqa: PLR2004  a plane
    names = [name for name in names if channels is not None or name not in NEEDS_IMAGE]

    runs = find_runs(labels)
    window = context.window or Window((0,) * labels.ndim, labels.shape)
    plain = tuple(1.0 for _ in range(labels.ndim))
    columns = list(_columns(labels, channels, names, runs, plain, window, ""))
    spacing = _spacing(context.pixel_size, labels.ndim)
    if params["micrometres"] and spacing is not None:
        isotropic = len(set(spacing)) == 1
        physical = [name for name in names if name in AREAS | LENGTHS and (isotropic or name not in ISOTROPIC)]
        columns += _columns(labels, channels, physical, runs, spacing, window, "um")
        if not isotropic and ISOTROPIC & set(names):
            context.warn("the perimeter has no micrometres: pixels are not square")
    return columns


def _channels(image: np.ndarray | None, axes: str) -> np.ndarray | None:
    """Channels last, as scikit-image has them."""
    if image is None or "c" not in axes:
        return image
    return np.moveaxis(image, axes.index("c"), -1)


def _spacing(pixel_size: dict[str, float] | None, axes: int) -> tuple[float, ...] | None:
    """Micrometres along each axis; None where one is not known."""
    sizes = [(pixel_size or {}).get(axis) for axis in "zyx"[-axes:]]
    return None if any(size is None for size in sizes) else tuple(float(size or 0) for size in sizes)


def _columns(
    labels: np.ndarray,
    channels: np.ndarray | None,
    names: Sequence[str],
    runs: Runs,
    spacing: tuple[float, ...],
    window: Window,
    unit: str,
) -> Iterator[Column]:
    """Columns of some properties; `unit` is "" for pixels."""
    shapes = Shapes(labels, runs, spacing, window)
    intensities: Intensities | None = None
    others = [name for name in names if not _at_once(name, labels.ndim)]
    asked = _ask_upstream(labels, channels, others, runs, spacing)
    for name in names:
        suffix, column_unit = _unit_of(name, labels.ndim, unit)
        if name == "label":
            yield Column("label", runs.ids)
        elif name in STATISTICS and channels is not None:
            intensities = intensities or Intensities(channels, runs)
            yield from _split(name, "", intensities.measure(name), None)
        elif _at_once(name, labels.ndim):
            yield from _split(name, suffix, getattr(shapes, name)(), column_unit)
        else:
            for key, values in asked.items():
                if key == name or key.startswith(f"{name}-"):
                    if name == "centroid_weighted":
                        axis = int(key.removeprefix(f"{name}-").split("-")[0])
                        yield Column(key + suffix, values + window.origin[axis] * spacing[axis], column_unit)
                    else:
                        yield Column(key + suffix, values, column_unit)


def _at_once(name: str, axes: int) -> bool:
    return name in {"label", *STATISTICS} or (
        hasattr(Shapes, name) and (axes == 2 or name not in _AT_ONCE_FLAT)  # noqa: PLR2004  a plane
    )


def _split(name: str, suffix: str, values: np.ndarray, unit: str | None) -> Iterator[Column]:
    """One column, or one for each element of a property that has several."""
    if values.ndim == 1:
        yield Column(name + suffix, values, unit)
        return
    for index in range(values.shape[1]):
        yield Column(f"{name}-{index}{suffix}", values[:, index], unit)


def _unit_of(name: str, axes: int, unit: str) -> tuple[str, str | None]:
    if unit == "":
        return "", None
    power = f"{unit}{axes}" if name in AREAS else unit
    return f"_{power}", power


def _ask_upstream(
    labels: np.ndarray,
    channels: np.ndarray | None,
    names: Sequence[str],
    runs: Runs,
    spacing: tuple[float, ...],
) -> dict[str, np.ndarray]:
    """What is left to scikit-image, object by object."""
    if not names:
        return {}
    # ids of any size would make its table of objects as long
    dense = np.zeros(labels.size, np.int32)
    indices, _ = runs.pixels()
    dense[indices] = np.repeat(np.arange(1, len(runs.ids) + 1), runs.area)
    return regionprops_table(dense.reshape(labels.shape), channels, properties=names, spacing=spacing)
