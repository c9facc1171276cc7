"""Drawing all polygons at once and leaving out candidates change no pixel and no object."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import draw

from parfocal_stardist import native
from parfocal_stardist.drawing import draw_polygons
from parfocal_stardist.suppression import survivors_2d

ANGLES = np.linspace(0, 2 * np.pi, 32, endpoint=False)


@pytest.mark.parametrize("whole", [False, True])
def test_polygons_are_drawn_as_scikit_image_draws_them(whole: bool) -> None:
    random = np.random.default_rng(1)
    dist = np.maximum(random.normal(12, 3, (60, 1, 32)), 1e-3)
    polygons = dist * np.array([np.sin(ANGLES), np.cos(ANGLES)]) + random.integers(-10, 110, (60, 2, 1))
    # corners on whole pixels lie on the outline, where every rounding counts
    polygons = (np.rint(polygons) if whole else polygons).astype(np.float32)
    order = random.permutation(60)
    expected = np.zeros((90, 100), np.int32)
    for index in order:
        expected[draw.polygon(polygons[index, 0], polygons[index, 1], expected.shape)] = index + 1
    np.testing.assert_array_equal(draw_polygons(polygons, order, (90, 100)), expected)


def test_no_polygons_leave_background() -> None:
    labels = draw_polygons(np.zeros((0, 2, 32), np.float32), np.arange(0), (3, 4))
    assert labels.shape == (3, 4)
    assert not labels.any()


@pytest.mark.parametrize("threshold", [0, 0.3, 0.7, 1])
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_survivors_are_those_of_the_compiled_function_alone(threshold: float, noise: float) -> None:
    random = np.random.default_rng(2)
    points = random.integers(0, 120, (1500, 2))
    waves = 1 + noise * random.normal(size=(1500, 32))
    dist = np.maximum(random.uniform(4, 14, (1500, 1)) * waves, 1e-3).astype(np.float32)
    kept = native.stardist2d().c_non_max_suppression_inds(
        dist, points.astype(np.float32), 1, 1, 0, np.float32(threshold)
    )
    np.testing.assert_array_equal(survivors_2d(points, dist, threshold), np.flatnonzero(kept))
