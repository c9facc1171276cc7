from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parfocal_ga3._separate import separate_touching


def count_pieces(mask: npt.NDArray[Any]) -> int:
    """Pieces that touch along an edge, counted one pixel after the other."""
    left = {tuple(place) for place in np.argwhere(mask)}
    pieces = 0
    while left:
        pieces += 1
        edge = [left.pop()]
        while edge:
            place = edge.pop()
            for axis in range(mask.ndim):
                for step in (-1, 1):
                    near = (*place[:axis], place[axis] + step, *place[axis + 1 :])
                    if near in left:
                        left.remove(near)
                        edge.append(near)
    return pieces


def squares(side: int, count: int, ndim: int) -> npt.NDArray[np.int32]:
    """Cubes that fill the array and touch on all sides, numbered from 1."""
    lengths = np.arange(side * count) // side
    grid = np.stack(np.meshgrid(*[lengths] * ndim, indexing="ij"))
    return np.asarray(np.ravel_multi_index(tuple(grid), (count,) * ndim) + 1, np.int32)


@pytest.mark.parametrize("ndim", [2, 3])
def test_touching_objects_come_apart(ndim: int):
    labels = squares(4, 3, ndim)
    mask = separate_touching(labels)
    assert mask.dtype == np.uint8
    assert count_pieces(labels) == 1
    assert count_pieces(mask) == 3**ndim


def test_numbers_beyond_a_byte_are_neither_wrapped_nor_merged():
    labels = squares(3, 18, 2)
    assert labels.max() == 324
    assert count_pieces(separate_touching(labels)) == 324


def test_an_object_that_would_vanish_stays():
    labels = np.full((7, 7), 9, np.int32)
    labels[3, 3] = 2
    mask = separate_touching(labels)
    assert mask[3, 3] == 1
    assert mask[2:5, 2:5].sum() == 1
    assert count_pieces(mask) == 2


def test_objects_that_do_not_touch_keep_every_pixel():
    labels = np.zeros((9, 9), np.int32)
    labels[1:4, 1:4] = 3
    labels[5:8, 5:8] = 1
    assert np.array_equal(separate_touching(labels), labels != 0)


@pytest.mark.parametrize("shape", [(0, 5), (5, 5), (2, 5, 5)])
def test_nothing_stays_nothing(shape: tuple[int, ...]):
    assert not separate_touching(np.zeros(shape, np.int32)).any()
