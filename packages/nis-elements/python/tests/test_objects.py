from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parfocal_ga3 import ParfocalError
from parfocal_ga3._objects import Objects, mask_of, stack_planes, table_columns, table_rows

MICROMETRES = {"z": 2.0, "y": 0.5, "x": 0.25}


def plane_of(*ids: int) -> npt.NDArray[np.int32]:
    """A row of squares of 2 x 2 pixels, each touching the next."""
    return np.repeat(np.repeat(np.array([ids], np.int32), 2, 0), 2, 1)


def objects(
    labels: npt.NDArray[np.int32],
    scores: npt.NDArray[Any] | None = None,
    calibration: Mapping[str, float] | None = None,
) -> Objects:
    return Objects(labels, scores, False, calibration or {})


def test_no_number_is_used_in_two_planes():
    planes = [plane_of(1, 2, 0), plane_of(0, 0, 0), plane_of(3, 0, 1)]
    scores = [np.array([0.1, 0.2]), np.array([]), np.array([0.3, 0.4, 0.5])]
    found = stack_planes([objects(labels, scores=s) for labels, s in zip(planes, scores, strict=True)], MICROMETRES)
    assert found.labels[:, 0, ::2].tolist() == [[1, 2, 0], [0, 0, 0], [5, 0, 3]]
    assert found.labels.dtype == np.int32
    assert found.scores is not None
    assert found.scores.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert found.calibration == MICROMETRES


def test_numbers_that_int32_cannot_hold_are_refused():
    top = np.iinfo(np.int32).max
    with pytest.raises(ParfocalError, match="2147483647 objects"):
        stack_planes([objects(plane_of(top)), objects(plane_of(1))], {})


def test_a_mask_of_planes_is_cut_within_each_plane_alone():
    found = stack_planes([objects(plane_of(1, 1)), objects(plane_of(1, 1))], {})
    assert mask_of(found).all()
    assert not mask_of(objects(found.labels)).all()


def test_columns_of_a_plane():
    assert table_columns(volume=False, calibrated=False, scores=False) == [
        ("AreaPx", "px"),
        ("CentroidX", "px"),
        ("CentroidY", "px"),
    ]
    assert [title for title, _ in table_columns(volume=False, calibrated=True, scores=True)] == [
        "AreaPx",
        "Area",
        "CentroidX",
        "CentroidY",
        "Score",
    ]


def test_rows_have_a_value_for_each_column_after_the_numbers():
    for labels, volume in ((plane_of(2, 9), False), (np.stack([plane_of(2, 9)] * 3), True)):
        for calibration in ({}, MICROMETRES):
            for scores in (False, True):
                columns = table_columns(volume=volume, calibrated=bool(calibration), scores=scores)
                rows = table_rows(objects(labels, calibration=calibration, scores=np.arange(9) / 10), scores=scores)
                assert len(rows) == 1 + len(columns)
                assert rows[0] == [2, 9]


def test_sizes_and_places_are_in_micrometres():
    rows = table_rows(objects(plane_of(2, 9), calibration=MICROMETRES), scores=False)
    assert rows == [[2, 9], [4, 4], [0.5, 0.5], [0.125, 0.625], [0.25, 0.25]]
    volume = table_rows(objects(np.stack([plane_of(2, 9)] * 3), calibration=MICROMETRES), scores=False)
    assert volume == [[2, 9], [12, 12], [3.0, 3.0], [0.125, 0.625], [0.25, 0.25], [2.0, 2.0]]


def test_a_stack_whose_planes_have_no_known_distance_is_measured_in_voxels():
    flat = {"y": 0.5, "x": 0.25}
    assert table_rows(objects(np.stack([plane_of(2, 9)] * 3), calibration=flat), scores=False)[1:3] == [
        [12, 12],
        [0.5, 2.5],
    ]


def test_scores_go_with_numbers():
    rows = table_rows(objects(plane_of(2, 3), scores=np.array([0.9, 0.8, 0.7])), scores=True)
    assert rows[-1] == [0.8, 0.7]
