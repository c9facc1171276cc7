"""From probabilities to labels."""

from __future__ import annotations

import numpy as np
import pytest
from parfocal_worker import Cancelled
from recorder import Recorder
from test_macros import discs

from parfocal_deepimagej.poststeps import threshold_components, watershed


@pytest.fixture
def touching() -> np.ndarray:
    """Two discs that touch, one that does not, and a speck, as probabilities of 0.9 on 0.1."""
    drawn = discs((60, 120), (30, 25, 13), (30, 49, 13), (30, 95, 13), (5, 60, 1))
    return np.where(drawn, 0.9, 0.1).astype(np.float32)


def test_components_join_what_touches(touching: np.ndarray) -> None:
    labels = threshold_components(touching, threshold=0.5, min_size=10, context=Recorder())
    assert labels.dtype == np.int32
    assert labels.max() == 2
    assert labels[30, 25] == labels[30, 49] != labels[30, 95]
    assert threshold_components(touching, threshold=0.5, min_size=0, context=Recorder()).max() == 3
    assert not threshold_components(touching, threshold=0.95, min_size=0, context=Recorder()).any()


def test_watershed_parts_what_touches(touching: np.ndarray) -> None:
    labels = watershed(touching, threshold=0.5, min_size=10, min_distance=4, context=Recorder())
    assert labels.dtype == np.int32
    assert sorted(np.unique(labels)) == [0, 1, 2, 3]
    assert len({int(labels[30, x]) for x in (25, 49, 95)}) == 3
    np.testing.assert_array_equal(labels > 0, (touching > 0.5) & (np.arange(60)[:, np.newaxis] > 10))
    joined = watershed(touching, threshold=0.5, min_size=10, min_distance=40, context=Recorder())
    assert joined.max() == 2, "centres that are nearer than asked for are one"


def test_volumes_and_empty_images() -> None:
    z, y, x = np.mgrid[:20, :30, :60]
    near = (z - 10) ** 2 + (y - 15) ** 2
    volume = ((near + (x - 20) ** 2 <= 64) | (near + (x - 34) ** 2 <= 64)).astype(np.float32)
    assert threshold_components(volume, threshold=0.5, min_size=0, context=Recorder()).max() == 1
    assert watershed(volume, threshold=0.5, min_size=0, min_distance=4, context=Recorder()).max() == 2
    for step in (threshold_components, watershed):
        more = {"min_distance": 4.0} if step is watershed else {}
        assert not step(np.zeros((1, 5), np.float32), threshold=0.5, min_size=0, context=Recorder(), **more).any()


def test_can_be_cancelled(touching: np.ndarray) -> None:
    context = Recorder(cancel_after=0)
    context.progress(0, 1, "blocks")
    with pytest.raises(Cancelled):
        watershed(touching, threshold=0.5, min_size=0, min_distance=4, context=context)
