"""From the image as it comes to what the network takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from parfocal_worker import BadInputError, Context

from parfocal_cellpose import upstream


def select_channels(image: np.ndarray, axes: str, params: dict[str, Any], network_channels: int) -> np.ndarray:
    """Pick the channel to segment and the one with nuclei, as upstream's `channels` does.

    Upstream guesses which axis holds channels and takes images less than 8 pixels high for stacks of channels; here
    the axes are known.

    Parameters
    ----------
    image : ndarray
        Axes "yx", "cyx", "zyx" or "zcyx"; bool, integers or floats.
    axes : str
    params : dict
        `channel`: 0 for the mean of all channels, else counted from 1; `nuclear_channel`: 0 for none.
    network_channels : int
        1 or 2.

    Returns
    -------
    ndarray of float32
        (z, y, x, network_channels), z is 1 for a plane.

    Raises
    ------
    BadInputError
        There is no such channel, no pixel, or a value that is not finite.
    """
    if image.size == 0:
        raise BadInputError(f"the image has no pixels ({' x '.join(map(str, image.shape))})")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        hint = "replace those values, for example by the background's"
        raise BadInputError("there are NaN or Inf among the pixels", hint=hint)
    stack = image if "z" in axes else image[np.newaxis]
    stack = stack if "c" in axes else stack[:, np.newaxis]
    channels = stack.shape[1]
    chosen, nuclear = int(params["channel"]), int(params["nuclear_channel"])
    for name, number in (("channel", chosen), ("nuclear_channel", nuclear)):
        if number > channels:
            hint = f"give {name} from 0 to {channels}"
            raise BadInputError(f"{name} is {number}, the image has {channels}", hint=hint)
    selected = np.zeros((stack.shape[0], *stack.shape[2:], network_channels), np.float32)
    if chosen == 0 and channels > 1:
        selected[..., 0] = stack.astype(np.float32).mean(axis=1)
    else:
        selected[..., 0] = stack[:, max(chosen, 1) - 1]
    if nuclear > 0 and chosen > 0 and network_channels > 1:
        selected[..., 1] = stack[:, nuclear - 1]
    return selected


def warn_of_channels(params: dict[str, Any], network_channels: int, context: Context) -> None:
    """Say when the nuclear channel cannot be used."""
    if params["nuclear_channel"] == 0:
        return
    if params["channel"] == 0:
        context.warn("the nuclear channel was not used: say which channel to segment, too (0 is the mean of all)")
    elif network_channels == 1:
        context.warn("the nuclear channel was not used: this network takes one channel")


def normalization(params: dict[str, Any], norm_3d: bool) -> dict[str, Any]:
    """Upstream's whole dict of normalisation: what is missing there would come from a dict that upstream changes."""
    return {
        "normalize": params["normalize"],
        "norm3D": norm_3d,
        "invert": params["invert"],
        "lowhigh": None,
        "percentile": (params["percentile_low"], params["percentile_high"]),
        "sharpen_radius": params["sharpen_radius"],
        "smooth_radius": params["smooth_radius"],
        "tile_norm_blocksize": params["tile_norm_size"],
        "tile_norm_smooth3D": 1,
    }


def normalize(stack: np.ndarray, params: dict[str, Any], is_volume: bool) -> np.ndarray:
    """Stretch grey values as upstream's `eval` does.

    Parameters
    ----------
    stack : ndarray of float32
        (z, y, x, channels).
    params : dict
    is_volume : bool
        The planes are one object's: 3D or stitched.
    """
    if params["invert"] and not params["normalize"]:
        raise BadInputError("an image is inverted only while it is normalised", hint="turn normalize on, or invert off")
    if not params["normalize"]:
        return stack
    norm_3d = (is_volume and (params["do3d"] or params["norm3d"])) or len(stack) == 1
    return upstream.transforms.normalize_img(stack, **normalization(params, norm_3d))


def diameter_in_pixels(params: dict[str, Any], context: Context) -> float | None:
    """The diameter that was given, in pixels along y and x; None when it is to be found.

    Raises
    ------
    BadInputError
        It is given in micrometres and the image does not say how large a pixel is.
    """
    diameter = params["diameter"]
    if diameter is None or params["diameter_unit"] == "px":
        return diameter
    size = context.pixel_size or {}
    if "x" not in size and "y" not in size:
        hint = "give the diameter in pixels (diameterUnit px)"
        message = "the diameter is in micrometres, and the image does not say how large its pixels are"
        raise BadInputError(message, hint=hint)
    return diameter / size.get("x", size.get("y", 1.0))


def anisotropy(params: dict[str, Any], context: Context) -> float | None:
    """Distance of planes over distance of pixels: as given, else from the pixel size, else None."""
    if params["anisotropy"] is not None:
        return params["anisotropy"]
    size = context.pixel_size or {}
    if "z" in size and "x" in size:
        return size["z"] / size["x"]
    return None
