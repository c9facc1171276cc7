"""Running a network over an image, block by block."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from parfocal_worker import BadInputError, Context

from parfocal_deepimagej.blocks import Assembly, cut, pad, plan_blocks
from parfocal_deepimagej.description import Description


def predict_blocks(
    values: np.ndarray,
    description: Description,
    run: Callable[[np.ndarray], list[np.ndarray]],
    limit: int | None,
    context: Context,
) -> list[np.ndarray]:
    """The network's outputs for a whole image.

    Parameters
    ----------
    values : ndarray
        The prepared image in the axes of the network's input.
    description : Description
    run : callable
        Takes the input of one block, returns the outputs in the description's order.
    limit : int or None
        Largest side of a block in pixels; None for blocks of about 1,000,000 pixels.
    context : Context
        Is told of each block.

    Returns
    -------
    list of ndarray
        In the axes of the outputs.

    Raises
    ------
    BadInputError
        The image cannot be cut, or the network returns other shapes than the description says.
    """
    tensor = description.input
    _check_other_axes(values, description)
    sides = {letter: values.shape[at] for at, letter in enumerate(tensor.letters) if letter in "zyx"}
    plan = plan_blocks(tensor, description.outputs, sides, limit)
    padded = pad(values, tensor.letters, plan)
    parts = [Assembly(output, plan) for output in description.outputs]
    blocks = plan.blocks
    if len(blocks) > 1 and not any(axis.halo for output in description.outputs for axis in output.axes):
        context.warn("the image was cut into blocks, and the model declares no halo: borders of blocks may be seen")
    context.progress(0, len(blocks), "blocks")
    for done, index in enumerate(blocks, start=1):
        returned = run(np.ascontiguousarray(cut(padded, tensor.letters, plan, index)))
        if len(returned) < len(parts):
            raise BadInputError(
                f"the network has {len(returned)} outputs, the description says {len(parts)}",
                hint="the description does not belong to these weights",
            )
        for part, block in zip(parts, returned, strict=False):
            part.add(block, index)
        context.progress(done, len(blocks), "blocks")
    return [part.values for part in parts if part.values is not None]


def _check_other_axes(values: np.ndarray, description: Description) -> None:
    tensor = description.input
    for letter, axis, length in zip(tensor.letters, tensor.axes, values.shape, strict=True):
        if letter in "ti" and length != axis.min:
            raise BadInputError(
                f"the model takes {axis.min} pixels along {letter}, one image has {length}",
                hint="choose a model for single images",
            )
