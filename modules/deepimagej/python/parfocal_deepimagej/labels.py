"""From a network's output to labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from parfocal_worker import BadInputError, Context

from parfocal_deepimagej.poststeps import threshold_components, watershed


@dataclass(frozen=True)
class Output:
    """One output of the whole image, after post-processing.

    Attributes
    ----------
    name : str
    values : ndarray
        Without the batch axis.
    letters : str
        Its axes, e.g. "cyx".
    channels : tuple of str
        What the channels are called, or empty.
    is_labels : bool
        The model itself yields labels here.
    """

    name: str
    values: np.ndarray
    letters: str
    channels: tuple[str, ...] = ()
    is_labels: bool = False


def make_labels(
    output: Output, spatial: str, shape: tuple[int, ...], params: dict[str, Any], context: Context
) -> np.ndarray:
    """Labels of one output.

    Parameters
    ----------
    output : Output
    spatial : str
        Axes of the labels, "yx" or "zyx".
    shape : tuple of int
        Their lengths, those of the image.
    params : dict
        `post_step`, `channel`, `threshold`, `min_size`, `min_distance`.
    context : Context
        Is told why there are no labels, where there are none.

    Returns
    -------
    ndarray
        int32, 0 background; all 0 where the output is no probability and no step was asked for.

    Raises
    ------
    BadInputError
        `channel` does not exist.
    """
    step = str(params["post_step"])
    empty = np.zeros(shape, np.int32)
    if step == "none":
        context.warn("no labels were made: post step none was asked for; the tensor is in output")
        return empty
    if any(letter not in output.letters for letter in spatial if letter != "z"):
        context.warn(f"no labels were made: the output {output.name} has axes {output.letters}")
        return empty
    plane = _spatial(output, spatial, params["channel"], context)
    if output.is_labels and step == "auto":
        return _fit(plane.astype(np.int32), shape, context)
    if step == "auto":
        low, high = float(plane.min()), float(plane.max())
        if low < 0 or high > 1:
            context.warn(
                f"no labels were made: the output {output.name} has values from {low:.6g} to {high:.6g}, which are no "
                "probabilities; set postStep and threshold"
            )
            return empty
        step = "threshold"
    probability = plane.astype(np.float32)
    threshold, min_size = float(params["threshold"]), int(params["min_size"])
    if step == "threshold":
        labels = threshold_components(probability, threshold=threshold, min_size=min_size, context=context)
    else:
        labels = watershed(
            probability,
            threshold=threshold,
            min_size=min_size,
            min_distance=float(params["min_distance"]),
            context=context,
        )
    return _fit(labels, shape, context)


def _spatial(output: Output, spatial: str, channel: int | None, context: Context) -> np.ndarray:
    """The output reduced to its spatial axes, in the order of `spatial`."""
    values, letters = output.values, output.letters
    for letter in [each for each in letters if each not in spatial]:
        at = letters.index(letter)
        index = _channel(output, values.shape[at], channel, context) if letter == "c" else 0
        values = np.take(values, index, axis=at)
        letters = letters.replace(letter, "", 1)
    for letter in spatial:
        if letter not in letters:
            values, letters = values[np.newaxis], letter + letters
    return np.transpose(values, [letters.index(letter) for letter in spatial])


def _channel(output: Output, count: int, asked: int | None, context: Context) -> int:
    names = f" ({', '.join(output.channels)})" if output.channels else ""
    if asked is not None:
        if asked >= count:
            raise BadInputError(
                f"channel {asked} was asked for, the output {output.name} has {count}{names}",
                hint=f"set channel to a number from 0 to {count - 1}",
            )
        return asked
    if count > 1:
        context.warn(
            f"labels were made from channel 0 of the {count} channels{names} of the output {output.name}; "
            "set channel for another"
        )
    return 0


def _fit(labels: np.ndarray, shape: tuple[int, ...], context: Context) -> np.ndarray:
    """Labels on the image's grid, by the nearest pixel."""
    labels = labels.astype(np.int32, copy=False)
    if labels.shape == shape:
        return labels
    context.warn(f"labels were resampled from {labels.shape} to the image's {shape} by the nearest pixel")
    places = [
        np.minimum(((np.arange(want) + 0.5) * have / want).astype(np.int64), have - 1)
        for have, want in zip(labels.shape, shape, strict=True)
    ]
    return labels[np.ix_(*places)]
