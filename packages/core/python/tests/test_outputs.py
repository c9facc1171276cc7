"""What a model may return."""

from __future__ import annotations

import numpy as np
import pytest

from parfocal_worker._errors import OutputError
from parfocal_worker._outputs import check_outputs

PROMISED = {"labels": {"kind": "labels"}, "areas": {"kind": "array", "optional": True}}


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", ">i8"])
def test_whole_numbers_become_int32_labels(dtype: str) -> None:
    values = np.array([[0, 1], [1, 0]]).astype(dtype)
    labels = check_outputs({"labels": values}, PROMISED, (2, 2))["labels"]
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, values)


@pytest.mark.parametrize("dtype", ["uint32", "int64", "uint64"])
def test_labels_are_never_wrapped(dtype: str) -> None:
    largest = np.array([0, 2**31 - 1], dtype)
    assert check_outputs({"labels": largest}, PROMISED, (2,))["labels"].max() == 2**31 - 1
    with pytest.raises(OutputError, match="has values from 0 to 2147483648, labels must fit into int32"):
        check_outputs({"labels": np.array([0, 2**31], dtype)}, PROMISED, (2,))


def test_negative_labels_below_int32_are_refused() -> None:
    with pytest.raises(OutputError, match="from -2147483649"):
        check_outputs({"labels": np.array([-(2**31) - 1])}, PROMISED, (1,))


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (np.zeros(2), "returned ndarray, it must return a dict"),
        ({}, "did not return labels"),
        ({"labels": [0, 1]}, "labels is list, it must be a numpy array"),
        ({"labels": np.zeros(2)}, "labels has dtype float64, labels are whole numbers"),
        ({"labels": np.zeros(3, int)}, r"labels has shape \(3,\), the image has \(2,\)"),
        ({"labels": np.zeros(2, int), "more": np.zeros(1)}, "output 'more' that the module does not declare"),
        (
            {"labels": np.zeros(2, int), "areas": np.zeros(1, complex)},
            "areas has dtype complex128, which cannot be sent",
        ),
        ({"labels": np.zeros(2, int), "areas": np.array([None])}, "areas has dtype object, which cannot be sent"),
    ],
)
def test_wrong_outputs_are_named(returned: object, words: str) -> None:
    with pytest.raises(OutputError, match=words):
        check_outputs(returned, PROMISED, (2,))


def test_other_arrays_stay_as_they_are_but_for_half_precision_and_byte_order() -> None:
    returned = {"labels": np.zeros(2, int), "areas": np.array([0.5, 1.5], ">f4")}
    areas = check_outputs(returned, PROMISED, (2,))["areas"]
    assert (areas.dtype, areas.dtype.isnative, areas.tolist()) == (np.float32, True, [0.5, 1.5])
    half = check_outputs(returned | {"areas": np.array([0.5], np.float16)}, PROMISED, (2,))["areas"]
    assert half.dtype == np.float32
