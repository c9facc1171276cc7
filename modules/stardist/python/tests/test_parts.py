"""Normalisation against csbdeep, and tiles against one pass."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import MODULE, Load, sample
from csbdeep import utils as csbdeep_utils

from parfocal_stardist.normalization import normalize
from parfocal_stardist.tiling import automatic_counts, bytes_per_pixel, reach, tiles

upstream_normalize: Callable[..., np.ndarray] = csbdeep_utils.normalize


def never(text: str) -> None:
    raise AssertionError(text)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("percentiles", [(1, 99.8), (0, 100), (3, 50)])
def test_normalize_equals_csbdeep(dtype: str, percentiles: tuple[float, float]) -> None:
    image = (sample("img2d.tif") // (16 if dtype == "uint8" else 1)).astype(dtype)
    found = normalize(image[..., np.newaxis], *percentiles, per_channel=False, warn=never)[..., 0]
    np.testing.assert_array_equal(found, upstream_normalize(image, *percentiles))


@pytest.mark.parametrize("per_channel", [False, True])
def test_normalize_channels_equals_csbdeep(per_channel: bool) -> None:
    image = np.random.default_rng(0).gamma(2, [50, 90, 10], (40, 50, 3))
    found = normalize(image, 1, 99.8, per_channel=per_channel, warn=never)
    np.testing.assert_array_equal(found, upstream_normalize(image, 1, 99.8, axis=(0, 1) if per_channel else (0, 1, 2)))


@pytest.mark.parametrize("name", ["grid-1", "grid-4", "unusual", "3d-grid-1-2-2"])
@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_tiles_cover_every_cell_once(load: Load, name: str, count: int) -> None:
    config = load(MODULE / "parity" / "models" / name).config
    shape = tuple(divisor * blocks for divisor, blocks in zip(config.divisor, (7, 5, 3), strict=False))
    cells = np.zeros(tuple(side // grid for side, grid in zip(shape, config.grid, strict=True)), int)
    plan = tiles(config, shape, (count,) * config.dimensions)
    for tile in plan:
        cells[tile.write] += 1
        for read, keep, write, grid in zip(tile.read, tile.keep, tile.write, config.grid, strict=True):
            assert read.start + keep.start * grid == write.start * grid
            assert keep.stop - keep.start == write.stop - write.start
    assert np.all(cells == 1)
    blocks = (7, 5, 3)[: config.dimensions]
    assert len(plan) == np.prod([min(count, number) for number in blocks])


@pytest.mark.parametrize("name", ["grid-1", "grid-4", "unusual", "3d-grid-1-2-2"])
def test_no_pixel_reaches_further_than_said(load: Load, name: str) -> None:
    model = load(MODULE / "parity" / "models" / name)
    config, distances = model.config, reach(model.config)
    sides = [
        -(-(4 * distance) // divisor) * divisor for distance, divisor in zip(distances, config.divisor, strict=True)
    ]
    random = np.random.default_rng(0)
    image = random.random((config.channels, *sides), dtype=np.float32)
    before = model.session.run(image)[1]
    found = [0] * config.dimensions
    offsets = itertools.product(*(range(0, divisor, max(1, divisor // 3)) for divisor in config.divisor))
    for offset in offsets:
        pixel = [side // 2 + part for side, part in zip(sides, offset, strict=True)]
        changed = image.copy()
        changed[(slice(None), *pixel)] += 1000
        cells = np.nonzero(np.any(model.session.run(changed)[1] != before, axis=0))
        for axis, (positions, place, grid) in enumerate(zip(cells, pixel, config.grid, strict=True)):
            low, high = positions.min() * grid, (positions.max() + 1) * grid - 1
            found[axis] = max(found[axis], place - high, low - place, place - low - grid + 1, high - place - grid + 1)
    assert all(near <= far for near, far in zip(found, distances, strict=True))
    assert all(near > far / 2 for near, far in zip(found, distances, strict=True)), "the bound is far too wide"


def test_automatic_tiles_bound_the_memory(nuclei: Any) -> None:
    config = nuclei.config
    assert automatic_counts(config, (1024, 1024)) == (1, 1)
    for shape in [(2048, 2048), (20_000, 512), (10_000, 12_000)]:
        plan = tiles(config, shape, automatic_counts(config, shape))
        largest = max(np.prod([part.stop - part.start for part in tile.read]) for tile in plan)
        assert largest * bytes_per_pixel(config) < 1.25 * 2**30
