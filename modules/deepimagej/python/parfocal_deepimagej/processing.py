"""The declared steps before and after the network, as bioimageio.core 0.11 computes them.

https://bioimage-io.github.io/spec-bioimage-io: pre- and post-processing of model description 0.5. `parity/` holds what
upstream makes of the same arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from parfocal_worker import WeightsError
from scipy.special import softmax

from parfocal_deepimagej.description import Step

Values = np.ndarray
Tensors = Mapping[str, tuple[Values, str]]
"""Other tensors of the sample that a step may take its statistics from: values and axis letters, by name."""

_EPS = 1e-6


def apply_steps(
    values: Values, letters: str, steps: Sequence[Step], others: Tensors, warn: Callable[[str], None]
) -> Values:
    """Apply steps in order.

    Parameters
    ----------
    values : ndarray
        One sample, with a batch axis of length 1 or none; not changed.
    letters : str
        Its axes, e.g. "bcyx".
    steps : sequence of Step
    others : mapping
        Tensors that `reference_tensor` may name.
    warn : callable
        Is told where a statistic of a whole data set is taken from this image alone.

    Returns
    -------
    ndarray
        Same shape. bool after `binarize`, else floats or what `ensure_dtype` says.

    Raises
    ------
    WeightsError
        A step is not known, or its arguments are incomplete.
    """
    for step in steps:
        function = _FUNCTIONS.get(step.id)
        if function is None:
            raise WeightsError(
                f"the step {step.id} is not one of {', '.join(_FUNCTIONS)}",
                hint="choose a model without this step, or use bioimageio.core",
            )
        try:
            values = function(values, letters, _Arguments(step, others, warn))
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the step {step.id} cannot be applied: {error}", hint="correct its kwargs") from error
    return values


def known_steps() -> tuple[str, ...]:
    """Ids of the steps that `apply_steps` knows."""
    return tuple(_FUNCTIONS)


class _Arguments:
    """Arguments of one step, with what they refer to."""

    def __init__(self, step: Step, others: Tensors, warn: Callable[[str], None]) -> None:
        self.values = step.kwargs
        self._step = step
        self._others = others
        self._warn = warn

    def eps(self) -> float:
        return float(self.values.get("eps", _EPS))

    def along(self, name: str, letters: str, default: float | None = None) -> Values | float:
        """A number, or one per position of the step's `axis`, shaped to broadcast."""
        given: Any = self.values.get(name, default)
        if given is None:
            raise ValueError(f"{name} is missing")
        axis = self.values.get("axis")
        if isinstance(given, list) and axis is None:
            if len(given) != 1:
                raise ValueError(f"{name} is a list and no axis is named")
            given = given[0]
        if not isinstance(given, list):
            return float(given)
        shape = [1] * len(letters)
        shape[letters.index(str(axis))] = len(given)
        return np.asarray(given, np.float32).reshape(shape)

    def reduced(self, letters: str) -> tuple[int, ...]:
        """Positions of the axes that a statistic is taken over; all where the step names none."""
        axes = self.values.get("axes")
        if axes is None or "b" in axes:
            self._warn(
                f"{self._step.id} is declared for a whole data set; the statistics of this image alone were used"
            )
        if axes is None:
            return tuple(range(len(letters)))
        return tuple(index for index, letter in enumerate(letters) if letter in axes)

    def source(self, values: Values, letters: str) -> tuple[Values, str]:
        """The tensor that statistics come from: the one that is processed, or the one that is named."""
        name = self.values.get("reference_tensor")
        if name is None:
            return values, letters
        if str(name) not in self._others:
            raise ValueError(f"reference_tensor {name} is not among {', '.join(self._others)}")
        return self._others[str(name)]


def _fitting(statistic: Values, source: str, target: str) -> Values:
    """A statistic with kept dimensions of one tensor, for arithmetic with another whose axes have another order."""
    if source == target or statistic.size == 1:
        return statistic if source == target else statistic.reshape([1] * len(target))
    if any(letter not in target and statistic.shape[index] != 1 for index, letter in enumerate(source)):
        raise ValueError(f"statistics over axes {source} do not fit axes {target}")
    shape = [statistic.shape[source.index(letter)] if letter in source else 1 for letter in target]
    order = [source.index(letter) for letter in target if letter in source]
    dropped = [index for index in range(len(source)) if index not in order]
    return np.transpose(statistic, [*order, *dropped]).reshape(shape)


def _binarize(values: Values, letters: str, given: _Arguments) -> Values:
    return values > given.along("threshold", letters)


def _clip(values: Values, letters: str, given: _Arguments) -> Values:
    low: Any = given.values.get("min")
    high: Any = given.values.get("max")
    if low is None and given.values.get("min_percentile") is not None:
        low = _percentile(values, given.reduced(letters), given.values["min_percentile"], "inverted_cdf")
    if high is None and given.values.get("max_percentile") is not None:
        high = _percentile(values, given.reduced(letters), given.values["max_percentile"], "inverted_cdf")
    if low is None and high is None:
        raise ValueError("min and max are missing")
    return np.clip(values, low, high)


def _ensure_dtype(values: Values, letters: str, given: _Arguments) -> Values:
    return values.astype(str(given.values["dtype"]), copy=False)


def _scale_linear(values: Values, letters: str, given: _Arguments) -> Values:
    return values * given.along("gain", letters, 1.0) + given.along("offset", letters, 0.0)


def _scale_mean_variance(values: Values, letters: str, given: _Arguments) -> Values:
    over = given.reduced(letters)
    mean, std = _moments(values, over)
    source, source_letters = given.source(values, letters)
    axes = given.values.get("axes")
    source_over = tuple(i for i, letter in enumerate(source_letters) if axes is None or letter in axes)
    source_mean, source_std = (_fitting(part, source_letters, letters) for part in _moments(source, source_over))
    eps = given.eps()
    return (values - mean) / (std + eps) * (source_std + eps) + source_mean


def _scale_range(values: Values, letters: str, given: _Arguments) -> Values:
    source, source_letters = given.source(values, letters)
    over = given.reduced(source_letters)
    low = _percentile(source, over, given.values.get("min_percentile", 0.0), "linear")
    high = _percentile(source, over, given.values.get("max_percentile", 100.0), "linear")
    low, high = (_fitting(part, source_letters, letters) for part in (low, high))
    return (values - low) / (high - low + given.eps())


def _sigmoid(values: Values, letters: str, given: _Arguments) -> Values:
    with np.errstate(over="ignore"):  # exp of a large number is infinite, and 1 / infinity right
        return 1.0 / (1.0 + np.exp(-values))


def _softmax(values: Values, letters: str, given: _Arguments) -> Values:
    return softmax(values, axis=letters.index(str(given.values.get("axis", "c"))))


def _zero_mean_unit_variance(values: Values, letters: str, given: _Arguments) -> Values:
    mean, std = _moments(values, given.reduced(letters))
    return (values - mean) / (std + given.eps())


def _fixed_zero_mean_unit_variance(values: Values, letters: str, given: _Arguments) -> Values:
    return (values - given.along("mean", letters)) / (given.along("std", letters) + _EPS)


def _moments(values: Values, over: tuple[int, ...]) -> tuple[Values, Values]:
    exact = values.astype(np.float64)
    dtype = _working_dtype(values)
    return exact.mean(over, keepdims=True).astype(dtype), exact.std(over, keepdims=True).astype(dtype)


def _percentile(values: Values, over: tuple[int, ...], percent: float, method: Any) -> Values:  # noqa: ANN401 - a literal
    found = np.percentile(values, float(percent), axis=over, keepdims=True, method=method)
    return np.asarray(found, _working_dtype(values))


def _working_dtype(values: Values) -> type[np.floating[Any]]:
    return np.float64 if values.dtype.itemsize > 4 else np.float32


_FUNCTIONS: dict[str, Callable[[Values, str, _Arguments], Values]] = {
    "binarize": _binarize,
    "clip": _clip,
    "ensure_dtype": _ensure_dtype,
    "fixed_zero_mean_unit_variance": _fixed_zero_mean_unit_variance,
    "scale_linear": _scale_linear,
    "scale_mean_variance": _scale_mean_variance,
    "scale_range": _scale_range,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "zero_mean_unit_variance": _zero_mean_unit_variance,
}
