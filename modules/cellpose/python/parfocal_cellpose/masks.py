"""From flows to labels, through upstream's dynamics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from parfocal_cellpose import upstream

if TYPE_CHECKING:
    import torch
    from parfocal_worker import Context


@dataclass(frozen=True)
class Flows:
    """What the network says of an image.

    Attributes
    ----------
    flows : ndarray of float32
        (2, z, y, x) with y, x components; in 3D (3, z, y, x) with z, y, x components.
    cellprob : ndarray of float32
        (z, y, x), logit of the probability that a pixel is in a cell.
    styles : ndarray of float32
        (planes, 256).
    shape : tuple of int
        z, y, x of what was segmented; flows are smaller or larger where they were not resampled.
    image_shape : tuple of int
        z, y, x of the image; `shape` is larger after restoration that enlarges.
    rescale : float
        Factor by which the image was enlarged for the network.
    """

    flows: np.ndarray
    cellprob: np.ndarray
    styles: np.ndarray
    shape: tuple[int, int, int]
    image_shape: tuple[int, int, int]
    rescale: float

    def to_raw(self) -> dict[str, np.ndarray]:
        """Arrays for `Context.keep`."""
        return {
            "flows": self.flows,
            "cellprob": self.cellprob,
            "styles": self.styles,
            "shape": np.array([self.shape, self.image_shape], np.int64),
            "rescale": np.array(self.rescale, np.float64),
        }

    @classmethod
    def from_raw(cls, raw: dict[str, np.ndarray]) -> Flows:
        """The opposite of `to_raw`."""
        (z, y, x), (image_z, image_y, image_x) = raw["shape"].tolist()
        shapes = (z, y, x), (image_z, image_y, image_x)
        return cls(raw["flows"], raw["cellprob"], raw["styles"], *shapes, float(raw["rescale"]))


def no_flows(shape: tuple[int, int, int], params: dict[str, Any]) -> Flows:
    """What the network would say of an image without anything in it.

    Parameters
    ----------
    shape : tuple of int
        z, y, x of the image.
    params : dict
    """
    components = 3 if params["do3d"] and shape[0] > 1 else 2
    nowhere = np.full(shape, np.finfo(np.float32).min, np.float32)
    styles = np.zeros((shape[0], 256), np.float32)
    return Flows(np.zeros((components, *shape), np.float32), nowhere, styles, shape, shape, 1.0)


def find_labels(flows: Flows, params: dict[str, Any], device: torch.device, context: Context) -> np.ndarray:
    """Labels of an image.

    Parameters
    ----------
    flows : Flows
    params : dict
        `flow_threshold`, `cellprob_threshold`, `niter`, `min_size`, `max_size_fraction`, `interp`, `do3d`,
        `stitch_threshold`, `resample`.
    device : torch.device
        What computes them.
    context : Context

    Returns
    -------
    ndarray of int32
        (z, y, x) of the image. Upstream's labels are 16 bits wide and wrap when planes are put together; these are
        widened first.
    """
    labels = _find(flows, params, device, context)
    if flows.image_shape == flows.shape:
        return labels
    _, y, x = flows.image_shape
    nearest = cv2.INTER_NEAREST
    return np.stack([cv2.resize(plane.astype(np.float64), (x, y), interpolation=nearest) for plane in labels]).astype(
        np.int32
    )


def _find(flows: Flows, params: dict[str, Any], device: torch.device, context: Context) -> np.ndarray:
    # as upstream: 200 steps for a cell of the size that the network knows
    steps = params["niter"] or (200 / flows.rescale if params["resample"] else 200)
    common: dict[str, Any] = {
        "niter": steps,
        "cellprob_threshold": params["cellprob_threshold"],
        "flow_threshold": params["flow_threshold"],
        "interp": params["interp"],
        "max_size_fraction": params["max_size_fraction"],
        "device": device,
    }
    compute = upstream.dynamics.resize_and_compute_masks
    planes, *sides = flows.shape
    context.check_cancelled()
    if params["do3d"] and planes > 1:
        resize = flows.shape if flows.cellprob.shape != flows.shape else None
        # copies: upstream writes into what it gets
        labels = compute(
            flows.flows.copy(), flows.cellprob.copy(), do_3D=True, min_size=params["min_size"], resize=resize, **common
        )
        return labels.astype(np.int32)
    stitches = params["stitch_threshold"] > 0 and planes > 1
    labels = np.zeros(flows.shape, np.int32)
    resize = sides if flows.cellprob.shape[1:] != tuple(sides) else None
    for z in range(planes):
        context.check_cancelled()
        labels[z] = compute(
            flows.flows[:, z].copy(),
            flows.cellprob[z].copy(),
            min_size=-1 if stitches else params["min_size"],
            resize=resize,
            **common,
        )
    if stitches:
        labels = upstream.utils.stitch3D(labels, stitch_threshold=params["stitch_threshold"])
        labels = upstream.utils.fill_holes_and_remove_small_masks(labels, min_size=params["min_size"])
        return labels.astype(np.int32)
    return _number_on(labels) if planes > 1 else labels


def _number_on(labels: np.ndarray) -> np.ndarray:
    """Give the objects of each plane numbers that those of the planes before do not have."""
    used = 0
    for plane in labels:
        count = int(plane.max(initial=0))
        plane[plane > 0] += used
        used += count
    return labels
