"""Cutting a padded image into overlapping tiles that give the same result as one pass."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parfocal_stardist.config import ModelConfig

_BYTES_PER_TILE = 1 << 30


@dataclass(frozen=True)
class Tile:
    """One pass of the network.

    Attributes
    ----------
    read : tuple of slice
        Pixels of the padded image that the network gets.
    keep : tuple of slice
        Output cells of this pass that are used.
    write : tuple of slice
        Where they belong in the output of the whole image, in cells.
    """

    read: tuple[slice, ...]
    keep: tuple[slice, ...]
    write: tuple[slice, ...]


def tiles(config: ModelConfig, shape: tuple[int, ...], counts: Sequence[int]) -> list[Tile]:
    """Cover an image with tiles.

    Parameters
    ----------
    config : ModelConfig
    shape : tuple of int
        Sides of the padded image in pixels, multiples of `config.divisor`.
    counts : sequence of int
        Tiles per axis, at least 1; more than there are blocks of `config.divisor` are taken as that many.

    Returns
    -------
    list of Tile
        In C order. Every output cell is written by exactly one tile, from a pass that saw all pixels that can
        influence it.
    """
    along = zip(shape, counts, config.divisor, config.grid, reach(config), strict=True)
    return [
        Tile(*(tuple(part) for part in zip(*spans, strict=True)))
        for spans in itertools.product(*(list(_spans(*axis)) for axis in along))
    ]


def automatic_counts(config: ModelConfig, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Fewest tiles per axis such that one pass needs about 1 GiB at most.

    Parameters
    ----------
    config : ModelConfig
    shape : tuple of int
        Sides of the padded image in pixels.

    Returns
    -------
    tuple of int
        (1, ...) where the image fits one pass.
    """
    counts = [1] * len(shape)
    limit = _BYTES_PER_TILE / bytes_per_pixel(config)
    margins = reach(config)
    while True:
        sides = [
            min(side, math.ceil(side / count) + (2 * margin if count > 1 else 0))
            for side, count, margin in zip(shape, counts, margins, strict=True)
        ]
        splittable = [axis for axis, block in enumerate(config.divisor) if counts[axis] * block < shape[axis]]
        if math.prod(sides) <= limit or not splittable:
            return tuple(counts)
        axis = max(splittable, key=lambda axis: shape[axis] / counts[axis])
        counts[axis] += 1


def bytes_per_pixel(config: ModelConfig) -> float:
    """Memory that one pass needs per image pixel, about: the largest set of tensors alive at once."""
    at_full_size = 2 * config.filters + config.channels if config.grid_pools else 0
    level = 5 * config.filters
    head = 2 * config.features + config.rays + (config.classes or 0) + 2
    return 4.0 * max(at_full_size, max(level, head) * 1.5 / math.prod(config.grid))


def reach(config: ModelConfig) -> tuple[int, ...]:
    """How far, in pixels per axis, an input pixel can be from an output cell that it influences."""
    return tuple(_reach(config, axis) for axis in range(config.dimensions))


def _spans(side: int, count: int, block: int, grid: int, margin: int) -> Iterator[tuple[slice, slice, slice]]:
    blocks = side // block
    count = min(count, blocks)
    margin_blocks = math.ceil(margin / block)
    for index in range(count):
        start, stop = blocks * index // count, blocks * (index + 1) // count
        first, last = max(0, start - margin_blocks), min(blocks, stop + margin_blocks)
        cells = block // grid
        yield (
            slice(first * block, last * block),
            slice((start - first) * cells, (stop - first) * cells),
            slice(start * cells, stop * cells),
        )


def _reach(config: ModelConfig, axis: int) -> int:
    """Follow the interval of pixels behind one output cell back to the image, for every phase of the cell."""
    kernel, pool, grid = config.kernel[axis], config.pool[axis], config.grid[axis]
    before, after = (kernel - 1) // 2, kernel // 2
    cells = pool**config.depth
    far = 0
    for cell in range(cells):
        low = high = cell
        head = 1 if config.features else 0
        low, high = low - head * before, high + head * after
        low, high = _behind_unet(config, low, high, before, after, pool, config.depth)
        for pools in reversed(config.grid_pools):
            low, high = low * pools[axis], (high + 1) * pools[axis] - 1
            low, high = low - config.convolutions * before, high + config.convolutions * after
        far = max(far, cell * grid - low, high - (cell + 1) * grid + 1)
    return far


def _behind_unet(
    config: ModelConfig, low: int, high: int, before: int, after: int, pool: int, depth: int
) -> tuple[int, int]:
    """Interval at the input of the finest of `depth` levels behind the interval [low, high] of its output."""
    steps = config.convolutions
    low, high = low - steps * before, high + steps * after
    if depth == 0:
        return low, high
    deep_low, deep_high = _behind_unet(config, low // pool, high // pool, before, after, pool, depth - 1)
    deep_low, deep_high = deep_low * pool, (deep_high + 1) * pool - 1
    low, high = min(low, deep_low), max(high, deep_high)
    return low - steps * before, high + steps * after
