"""Cutting an image into blocks that a network takes, and putting its outputs together again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from parfocal_worker import BadInputError

from parfocal_deepimagej.description import Axis, Reference, Tensor

_PIXELS_PER_BLOCK = 1 << 20
"""Pixels that one pass takes at most where the description leaves the size open: 1024 x 1024, or 64 x 128 x 128."""

_ALIGNMENT = 64
"""Blocks of a fixed size start at multiples of the largest power of two up to this that divides the size, so that
pooling sees the same grid in each of them."""


@dataclass(frozen=True)
class Line:
    """How one spatial axis is cut.

    Attributes
    ----------
    letter : str
    length : int
        Of the image.
    size : int
        Of a block.
    before, after : int
        Pixels that are added to the image at its ends.
    starts : tuple of int
        Where blocks start in the padded image.
    context : int
        Pixels at the end of a block that lie inside the image and are dropped.
    """

    letter: str
    length: int
    size: int
    before: int
    after: int
    starts: tuple[int, ...]
    context: int

    def kept(self, index: int) -> tuple[int, int]:
        """Pixels of the image that block `index` answers for: first, and one behind the last."""
        first = 0 if index == 0 else self.starts[index] + self.context - self.before
        last = self.length if index == len(self.starts) - 1 else self.starts[index + 1] + self.context - self.before
        return first, min(last, self.length)


@dataclass(frozen=True)
class Plan:
    """How an image is cut along all its spatial axes."""

    lines: tuple[Line, ...]

    @property
    def blocks(self) -> list[tuple[int, ...]]:
        """Index of each block along each line, in C order."""
        return list(itertools.product(*(range(len(line.starts)) for line in self.lines)))


def plan_blocks(tensor: Tensor, outputs: Sequence[Tensor], shape: dict[str, int], limit: int | None) -> Plan:
    """Decide on blocks.

    An image that the network takes as it is, or padded to the next length it takes, is one block, unless it is larger
    than `limit`.

    Parameters
    ----------
    tensor : Tensor
        The network's input.
    outputs : sequence of Tensor
        Its outputs, whose halos the blocks overlap by.
    shape : dict of str to int
        Length of the image by spatial axis.
    limit : int or None
        Largest side of a block in pixels; None for about 1,000,000 pixels.

    Raises
    ------
    BadInputError
        The image needs several blocks and an output does not say how it lies over the image.
    """
    axes = [axis for axis in tensor.axes if axis.letter in shape]
    limits = _limits(axes, shape, limit)
    grains = {axis.letter: _grain(axis, outputs) for axis in axes}
    margins = {axis.letter: _margins(axis.letter, outputs, grains[axis.letter]) for axis in axes}
    sizes = {
        axis.letter: _block_size(axis, shape[axis.letter], limits[axis.letter], *margins[axis.letter]) for axis in axes
    }
    for axis in axes:
        if axis.reference is not None:  # sides that must be equal
            both = max(sizes[axis.letter], sizes[axis.reference.axis])
            sizes[axis.letter] = sizes[axis.reference.axis] = both
    lines = tuple(
        _line(axis, shape[axis.letter], sizes[axis.letter], *margins[axis.letter], grains[axis.letter]) for axis in axes
    )
    plan = Plan(lines)
    if len(plan.blocks) > 1:
        for output in outputs:
            loose = [line.letter for line in lines if len(line.starts) > 1 and _reference(output, line.letter) is None]
            if loose:
                largest = " x ".join(str(line.size) for line in lines)
                raise BadInputError(
                    f"the image is larger than one block ({largest}), and the model does not say how its output "
                    f"{output.name} lies over the image along {', '.join(loose)}",
                    hint=f"give an image of at most {largest} pixels",
                )
    return plan


def cut(values: np.ndarray, letters: str, plan: Plan, index: tuple[int, ...]) -> np.ndarray:
    """The input of one block; `values` is the padded image."""
    slices = [slice(None)] * len(letters)
    for line, position in zip(plan.lines, index, strict=True):
        start = line.starts[position]
        slices[letters.index(line.letter)] = slice(start, start + line.size)
    return values[tuple(slices)]


def pad(values: np.ndarray, letters: str, plan: Plan) -> np.ndarray:
    """The image with its ends mirrored, as bioimageio.core does (mode "symmetric")."""
    widths = [(0, 0)] * len(letters)
    for line in plan.lines:
        widths[letters.index(line.letter)] = (line.before, line.after)
    return np.pad(values, widths, mode="symmetric") if any(sum(width) for width in widths) else values


class Assembly:
    """The output of a whole image, made from the outputs of its blocks.

    Parameters
    ----------
    output : Tensor
    plan : Plan
    """

    def __init__(self, output: Tensor, plan: Plan) -> None:
        self._output = output
        self._plan = plan
        self.values: np.ndarray | None = None

    def add(self, block: np.ndarray, index: tuple[int, ...]) -> None:
        """Put the output of one block where it belongs.

        Raises
        ------
        BadInputError
            It has another shape than the description promises.
        """
        letters = self._output.letters
        if block.ndim != len(letters):
            raise BadInputError(
                f"the network's output {self._output.name} has {block.ndim} axes, the description says {letters}",
                hint="the description does not belong to these weights",
            )
        read, write, shape = [slice(None)] * block.ndim, [slice(None)] * block.ndim, list(block.shape)
        for line, position in zip(self._plan.lines, index, strict=True):
            reference = _reference(self._output, line.letter)
            if reference is None:
                continue
            at = letters.index(line.letter)
            first, last = line.kept(position)
            start = (first + line.before - line.starts[position]) * reference.factor + reference.offset
            low, high = int(first * reference.factor), int(last * reference.factor)
            read[at] = slice(int(start), int(start) + high - low)
            write[at] = slice(low, high)
            shape[at] = int(line.length * reference.factor)
            expected = int(line.size * reference.factor + 2 * reference.offset)
            if block.shape[at] != expected:
                raise BadInputError(
                    f"the network's output {self._output.name} has {block.shape[at]} pixels along {line.letter}, "
                    f"the description says {expected}",
                    hint="the description does not belong to these weights",
                )
        if self.values is None:
            self.values = np.empty(shape, block.dtype)
        self.values[tuple(write)] = block[tuple(read)]


def _limits(axes: Sequence[Axis], shape: dict[str, int], limit: int | None) -> dict[str, int]:
    """Longest side of a block by axis; without a wish the sides that leave about `_PIXELS_PER_BLOCK` pixels."""
    if limit is not None:
        return {axis.letter: limit for axis in axes}
    sides = {axis.letter: axis.min for axis in axes if not axis.step}
    free = sorted((axis.letter for axis in axes if axis.step), key=lambda letter: shape[letter])
    for index, letter in enumerate(free):  # short sides stay whole, long ones share what is left
        budget = _PIXELS_PER_BLOCK / math.prod(sides.values())
        sides[letter] = min(shape[letter], max(1, math.floor(budget ** (1 / (len(free) - index)))))
    return sides


def _block_size(axis: Axis, length: int, limit: int, context: int, border: int) -> int:
    if axis.step == 0:
        return axis.min
    whole = _valid(axis, length + 2 * border)
    if length <= limit:
        return whole
    steps = (limit - axis.min) // axis.step
    needed = _valid(axis, 2 * (context + border) + axis.step)
    return min(whole, max(axis.min + max(0, steps) * axis.step, needed))


def _valid(axis: Axis, length: int) -> int:
    return axis.min + max(0, math.ceil((length - axis.min) / axis.step)) * axis.step


def _line(axis: Axis, length: int, size: int, context: int, border: int, grain: int) -> Line:
    if length + 2 * border <= size:
        before = border + (size - length - 2 * border) // 2 // grain * grain
        return Line(axis.letter, length, size, before, size - length - before, (0,), 0)
    inner = context + border
    align = math.lcm(axis.step or math.gcd(size, _ALIGNMENT), grain)
    stride = (size - 2 * inner) // align * align
    if stride <= 0:
        stride = max(1, (size - 2 * inner) // grain) * grain
    if size <= 2 * inner:
        raise BadInputError(
            f"the image is larger than one block of {size} pixels along {axis.letter}, and its halo of {inner} pixels "
            "leaves nothing of it",
            hint=f"give an image of at most {size} pixels along {axis.letter}",
        )
    count = 1 + math.ceil((length + 2 * border - size) / stride)
    starts = tuple(index * stride for index in range(count))
    return Line(axis.letter, length, size, border, starts[-1] + size - border - length, starts, inner)


def _reference(output: Tensor, letter: str) -> Reference | None:
    """How an output lies over an axis of the input; one of the same fixed length lies on it."""
    return next((axis.reference for axis in output.axes if axis.letter == letter and axis.reference), None)


def _margins(letter: str, outputs: Sequence[Tensor], grain: int) -> tuple[int, int]:
    """Pixels of the input that outputs lack at each end of a block: where it borders on others, and everywhere."""
    context = border = 0
    for output in outputs:
        axis = output.axis(letter)
        if axis is not None and axis.reference is not None:
            context = max(context, math.ceil(axis.halo / axis.reference.factor))
            border = max(border, math.ceil(-axis.reference.offset / axis.reference.factor))
    return math.ceil(context / grain) * grain, math.ceil(border / grain) * grain


def _grain(axis: Axis, outputs: Sequence[Tensor]) -> int:
    """Steps in which blocks can be placed so that they begin at whole pixels of each output."""
    factors = [_reference(output, axis.letter) for output in outputs]
    return math.lcm(1, *(Fraction(each.factor).denominator for each in factors if each is not None))
