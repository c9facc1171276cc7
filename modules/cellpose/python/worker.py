"""The Cellpose worker: Cellpose 3 networks, with upstream's own dynamics."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import torch
from parfocal_worker import Context, LoadOptions

from parfocal_cellpose.devices import choose
from parfocal_cellpose.images import (
    anisotropy,
    diameter_in_pixels,
    normalization,
    normalize,
    select_channels,
    warn_of_channels,
)
from parfocal_cellpose.loading import load_restorer, load_segmenter
from parfocal_cellpose.masks import Flows, find_labels
from parfocal_cellpose.network import TileCounter
from parfocal_cellpose.predict import Prepared, run_together
from parfocal_cellpose.restoration import SEGMENTATION_DEFAULTS, restore

if TYPE_CHECKING:
    from collections.abc import Sequence


class Model:
    """A Cellpose 3 network and what turns its flows into labels.

    Parameters
    ----------
    options : LoadOptions
        `params`: `model`, a built-in name or the path of a weight file; `restore`, a restoration network or None;
        `runtime`, "auto", "torch" or "onnx".

    Attributes
    ----------
    device : str
        "cpu", "cuda:N", "mps" or "directml:N": what the network really runs on.

    Raises
    ------
    WeightsError
        A weight file is missing, damaged or of another kind.
    DeviceUnavailableError
        The device, or this runtime on it, is not available here.
    """

    def __init__(self, options: LoadOptions) -> None:
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        self._choice = choose(options.device, options.params["runtime"])
        self.device = self._choice.device
        self._counter = TileCounter()
        self._segmenter = load_segmenter(options, self._choice)
        self._restorer = load_restorer(options, self._choice)

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Find the cells of one image.

        Parameters
        ----------
        image : ndarray
            Axes "yx", "cyx", "zyx" or "zcyx"; bool, integers or floats.
        params : dict
            See the module's schema.
        context : Context

        Returns
        -------
        dict
            `labels` int32 (y, x) or (z, y, x), `styles` float32 (planes, 256); with `flows`: `flows` float32
            (2, y, x), (2, z, y, x) or, in 3D, (3, z, y, x), and `cellprob` float32 as labels; with restoration
            `restored` float32 (y, x, channels) or (z, y, x, channels).

        Raises
        ------
        BadInputError
            The image has no such channel, no pixels, or values that are not finite.
        """
        return self._predict([image], params, [context])[0]

    def predict_many(
        self, images: Sequence[np.ndarray], params: dict[str, Any], contexts: Sequence[Context]
    ) -> list[dict[str, np.ndarray]]:
        """As `predict` for each image; tiles of images of one size go through the network together.

        Parameters
        ----------
        images : sequence of ndarray
        params : dict
        contexts : sequence of Context
            Without `keep_raw`.

        Returns
        -------
        list of dict

        Raises
        ------
        BadInputError
            One of them cannot be segmented.
        """
        return self._predict(images, params, contexts)

    def _predict(
        self, images: Sequence[np.ndarray], params: dict[str, Any], contexts: Sequence[Context]
    ) -> list[dict[str, np.ndarray]]:
        prepared = [self._prepare(image, params, context) for image, context in zip(images, contexts, strict=True)]
        found = run_together(self._segmenter.model, prepared, self._counter, contexts[0])
        results = []
        for one, flows, context in zip(prepared, found, contexts, strict=True):
            if context.keep_raw:
                context.keep(flows.to_raw())
            results.append(self._result(flows, one.params, context, one.restored))
        return results

    def _prepare(self, image: np.ndarray, params: dict[str, Any], context: Context) -> Prepared:
        """An image as the network takes it."""
        model, file = self._segmenter.model, self._segmenter.file
        stack = select_channels(image, context.axes, params, file.channels)
        warn_of_channels(params, file.channels, context)
        image_shape = (stack.shape[0], stack.shape[1], stack.shape[2])
        diameter = diameter_in_pixels(params, context)
        if not np.ptp(stack, axis=(0, 1, 2)).any():
            # nothing to see: the network is trained on contrast and would answer at random
            return Prepared.empty(image_shape, params)
        restored = None
        if self._restorer is not None:
            stack, diameter = restore(self._restorer[0], stack, diameter, params, self._counter, context)
            restored = stack.copy()  # normalisation writes into the stack
            params = {**params, **SEGMENTATION_DEFAULTS}
        if diameter is None:
            diameter = self._estimate_diameter(stack, params, context)
        rescale = float(model.diam_mean / (model.diam_labels if diameter is None else diameter))
        if min(int(side * rescale) for side in stack.shape[1:3]) < 1:
            context.warn("nothing can be found: at this diameter the image is smaller than a pixel of the network")
            return Prepared.empty(image_shape, params, restored)
        is_volume = len(stack) > 1 and (params["do3d"] or params["stitch_threshold"] > 0)
        stack = normalize(stack, params, is_volume)
        return Prepared(stack, rescale, anisotropy(params, context), image_shape, params, restored)

    def less_memory(self, params: dict[str, Any], shape: tuple[int, ...], axes: str) -> dict[str, Any] | None:
        """Fewer tiles at once.

        Parameters
        ----------
        params : dict
            Those of a `predict` that ran out of memory.
        shape : tuple of int
            The image's; does not matter.
        axes : str
            The image's; does not matter.

        Returns
        -------
        dict or None
            The cells stay the same. None when tiles go through the network one by one already.
        """
        del shape, axes
        return None if params["batch_size"] == 1 else {**params, "batch_size": max(1, params["batch_size"] // 4)}

    def refine(self, raw: dict[str, np.ndarray], params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Find the cells again in the flows of an earlier `predict`.

        Parameters
        ----------
        raw : dict
            What `predict` kept, as `Flows.to_raw`.
        params : dict
            As for `predict`; those of stage "post" may differ.
        context : Context

        Returns
        -------
        dict
            What `predict` would return with these parameters, without `restored`.
        """
        return self._result(Flows.from_raw(raw), params, context)

    def _estimate_diameter(self, stack: np.ndarray, params: dict[str, Any], context: Context) -> float | None:
        """As cellpose.models.Cellpose: the size model's answer for a plane, the network's own mean for a stack."""
        size = self._segmenter.size
        if size is None:
            return None
        if len(stack) > 1:
            context.warn(f"a diameter is estimated for single planes only: taken are {size.diam_mean:g} pixels")
            return float(self._segmenter.model.diam_mean)
        self._counter.begin(context, 1, "diameter")
        try:
            diameter, _ = size.eval(
                stack[0].copy(),
                channels=None,
                channel_axis=2,
                normalize=normalization(params, norm_3d=True) if params["normalize"] else False,
                batch_size=params["batch_size"],
            )
        finally:
            self._counter.end()
        return float(diameter)

    def _result(
        self, flows: Flows, params: dict[str, Any], context: Context, restored: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        is_stack = "z" in context.axes
        if flows.shape[0] > 1 and not params["do3d"] and params["stitch_threshold"] == 0:
            context.warn("every plane was segmented by itself: use do3d or stitchThreshold to join objects along z")
        labels = find_labels(flows, params, self._choice.torch_device, context)
        result = {"labels": labels if is_stack else labels[0], "styles": flows.styles}
        if params["flows"]:
            result["flows"] = flows.flows if is_stack else flows.flows[:, 0]
            result["cellprob"] = flows.cellprob if is_stack else flows.cellprob[0]
        if restored is not None:
            result["restored"] = restored if is_stack else restored[0]
        model = self._segmenter.model
        context.info(
            weights=self._segmenter.file.path.name,
            weights_sha256=self._segmenter.file.sha256,
            **({} if self._restorer is None else {"restore_sha256": self._restorer[1].sha256}),
            runtime=self._choice.runtime,
            diameter=float(model.diam_mean) / flows.rescale,
            cellpose=version("cellpose"),
            torch=torch.__version__,
            onnxruntime=onnxruntime.__version__,
            ncnn=version("ncnn"),
        )
        return result
