"""Measures objects with scikit-image's definitions."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from parfocal_measure.table import measure_objects

if TYPE_CHECKING:
    import numpy as np
    from parfocal_worker import Column, Context, LoadOptions


class Model:
    """Size, shape and intensity of labelled objects."""

    device = "cpu"

    def __init__(self, options: LoadOptions) -> None:
        del options

    def measure(
        self, labels: np.ndarray, image: np.ndarray | None, params: dict[str, Any], context: Context
    ) -> list[Column]:
        """Measure every object.

        Parameters
        ----------
        labels
            int32, axes ``yx`` or ``zyx``.
        image
            Grey values, axes as the context names them: those of the labels, with ``c`` anywhere or without; or None.
        params
            ``properties``: names of `skimage.measure.regionprops`, and ``touches_edge``; ``micrometres``.
        context
            Pixel size and axes.

        Returns
        -------
        list of Column
            As `skimage.measure.regionprops_table` names them, then those in micrometres.

        """
        context.info(scikit_image=version("scikit-image"))
        return measure_objects(labels, image, params, context)
