"""Threshold and connected components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import scipy
from parfocal_worker import BadInputError
from scipy import ndimage

if TYPE_CHECKING:
    from parfocal_worker import Context, LoadOptions


class Model:
    """Finds bright objects on a dark background."""

    device = "cpu"

    def __init__(self, options: LoadOptions) -> None:
        del options

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Segment one image.

        Parameters
        ----------
        image
            Grey values, axes ``yx`` or ``zyx``, any integer or float dtype.
        params
            ``method``, ``level``, ``min_size``, ``fill_holes``.
        context
            Keeps the image for :meth:`refine` when asked to.

        Returns
        -------
        dict
            ``labels`` int32 of the image's shape, ``areas`` int32 of shape (n,).

        Raises
        ------
        BadInputError
            When the image holds NaN or Inf.

        """
        if image.dtype.kind == "f":
            bad = int(image.size - np.count_nonzero(np.isfinite(image)))
            if bad > 0:
                message = f"{bad} of {image.size} pixels are NaN or infinite"
                raise BadInputError(message, hint="replace them before segmenting, for example with numpy.nan_to_num")
        if context.keep_raw:
            context.keep({"image": np.asarray(image)})
        return self.refine({"image": image}, params, context)

    def refine(self, raw: dict[str, np.ndarray], params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Segment a kept image with other parameters; takes and returns what :meth:`predict` does."""
        image = raw["image"]
        level = otsu_level(image) if params["method"] == "otsu" else float(params["level"])
        context.info(level=level, scipy=scipy.__version__)
        context.check_cancelled()
        mask = image > level
        if params["fill_holes"]:
            mask = cast("np.ndarray", ndimage.binary_fill_holes(mask))
        labels = np.empty(mask.shape, np.int32)
        count = cast("int", ndimage.label(mask, output=labels))
        areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
        kept = areas >= params["min_size"]
        renumbered = np.concatenate([[0], np.where(kept, np.cumsum(kept), 0)]).astype(np.int32)
        result = context.allocate(labels.shape, np.int32)
        np.take(renumbered, labels, out=result, mode="clip")
        return {"labels": result, "areas": areas[kept].astype(np.int32)}


def otsu_level(image: np.ndarray, bins: int = 256) -> float:
    """Grey value that separates two classes with the least variance inside each.

    The method is that of N. Otsu, "A threshold selection method from gray-level histograms",
    IEEE Transactions on Systems, Man, and Cybernetics 9 (1979) 62-66.

    Parameters
    ----------
    image
        Grey values of any shape and real dtype, all finite.
    bins
        Histogram bins between the smallest and the largest value.

    Returns
    -------
    float
        Centre of the last bin of the darker class; the only value there is when all pixels are equal.

    """
    values = np.asarray(image, dtype=np.float64).ravel()
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = values.size - below
    sum_below = np.cumsum(counts * centres)
    inside = (below > 0) & (above > 0)
    mean_below = sum_below / np.maximum(below, 1)
    mean_above = (sum_below[-1] - sum_below) / np.maximum(above, 1)
    between = np.where(inside, below * above * (mean_below - mean_above) ** 2, -1.0)
    return float(centres[int(np.argmax(between))])
