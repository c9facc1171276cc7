"""Declared steps, compared with what bioimageio.core makes of the same arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import MODULE
from parfocal_worker import WeightsError

from parfocal_deepimagej.description import Step
from parfocal_deepimagej.processing import apply_steps, known_steps
from parfocal_deepimagej.spec_letters import read_step as read_letters
from parfocal_deepimagej.spec_named import read_step as read_named

PARITY = MODULE / "parity" / "arrays.npz"
with np.load(PARITY) as content:
    CASES: list[dict[str, Any]] = json.loads(str(content["cases"]))


def test_every_step_is_compared() -> None:
    assert {case["id"] for case in CASES} == set(known_steps())


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{case['format']}-{case['id']}" for case in CASES])
def test_equals_upstream(index: int) -> None:
    case = CASES[index]
    letters: str = case["axes"]
    if case["format"] == "0.5":
        step = read_named(case)
    else:
        step = read_letters({"name": case["id"], "kwargs": case["kwargs"]}, letters)
    with np.load(PARITY) as arrays:
        given, other, expected = (arrays[f"{name}{index}"] for name in ("given", "other", "expected"))
    told: list[str] = []
    found = apply_steps(given, letters, [step], {"other": (other, letters)}, told.append)
    np.testing.assert_allclose(found.astype(np.float64), expected.astype(np.float64), rtol=1e-5, atol=1e-5)
    assert found.shape == given.shape


def test_says_where_a_whole_data_set_was_meant() -> None:
    values = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    told: list[str] = []
    apply_steps(values, "byx", [Step("zero_mean_unit_variance", {"axes": "byx"})], {}, told.append)
    assert told == [
        "zero_mean_unit_variance is declared for a whole data set; the statistics of this image alone were used"
    ]
    apply_steps(values, "byx", [Step("zero_mean_unit_variance", {"axes": "yx"})], {}, told.append)
    assert len(told) == 1


def test_statistics_are_those_of_the_tensor_that_a_step_gets() -> None:
    values = np.random.default_rng(5).random((1, 20, 30)).astype(np.float32)
    steps = [Step("scale_linear", {"gain": 2.0, "offset": 5.0}), Step("zero_mean_unit_variance", {"axes": "yx"})]
    found = apply_steps(values, "byx", steps, {}, print)
    assert found.mean() == pytest.approx(0, abs=1e-5)
    assert found.std() == pytest.approx(1, abs=1e-4)


def test_thresholds_along_an_axis() -> None:
    values = np.ones((1, 2, 2, 2), np.float32)
    found = apply_steps(values, "bcyx", [Step("binarize", {"threshold": [0.5, 1.5], "axis": "c"})], {}, print)
    assert found[0, 0].all()
    assert not found[0, 1].any()


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step("median", {}), "the step median is not one of binarize, clip"),
        (Step("clip", {}), "the step clip cannot be applied: min and max are missing"),
        (Step("binarize", {}), "the step binarize cannot be applied: threshold is missing"),
        (Step("ensure_dtype", {"dtype": "floaty"}), "the step ensure_dtype cannot be applied"),
        (Step("scale_range", {"axes": "yx", "reference_tensor": "gone"}), "reference_tensor gone is not among raw"),
    ],
)
def test_refuses_what_it_cannot_do(step: Step, words: str) -> None:
    values = np.zeros((1, 2, 2), np.float32)
    with pytest.raises(WeightsError, match=words):
        apply_steps(values, "byx", [step], {"raw": (values, "byx")}, print)


def test_large_values_stay_finite() -> None:
    values = np.array([[-1e6, 0, 1e6]], np.float32)
    np.testing.assert_array_equal(apply_steps(values, "yx", [Step("sigmoid")], {}, print), [[0, 0.5, 1]])
