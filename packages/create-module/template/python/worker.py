"""Finds bright objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from parfocal_worker import BadInputError, Segmenter
from scipy import ndimage

if TYPE_CHECKING:
    from parfocal_worker import Context, LoadOptions


class Model(Segmenter):
    """Smooths the image, then takes what is brighter than a level."""

    device = "cpu"

    def __init__(self, options: LoadOptions) -> None:
        """Load what is loaded once, such as a network; `options` says onto which device and from where."""
        del options

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Segment one image.

        Parameters
        ----------
        image
            Grey values with the axes that `context.axes` names; read-only.
        params
            ``sigma``, ``contrast``, ``min_size``.
        context
            Takes what :meth:`refine` will need, when somebody may call it.

        Returns
        -------
        dict
            ``labels`` int32 of the image's spatial shape, 0 is background.

        Raises
        ------
        BadInputError
            When the image holds NaN or Inf.

        """
        if not np.isfinite(image).all():
            raise BadInputError("the image holds NaN or infinite values", hint="replace them before segmenting")
        grey = image.astype(np.float32)
        if "c" in context.axes:
            grey = grey.mean(axis=context.axes.index("c"))
        smooth = ndimage.gaussian_filter(grey, params["sigma"])
        context.check_cancelled()
        if context.keep_raw:
            context.keep({"smooth": smooth})
        return self.refine({"smooth": smooth}, params, context)

    def refine(self, raw: dict[str, np.ndarray], params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Do what follows the smoothing, with other parameters; takes and returns what :meth:`predict` does."""
        smooth = raw["smooth"]
        level = smooth.mean(dtype=np.float64) + params["contrast"] * smooth.std(dtype=np.float64)
        context.info(level=level)
        found = np.empty(smooth.shape, np.int32)
        ndimage.label(smooth > level, output=found)
        kept = np.bincount(found.ravel()) >= params["min_size"]
        kept[0] = False
        numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
        return {"labels": numbers[found]}
