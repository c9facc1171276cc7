"""Parameters of a worker that is run by hand."""

from __future__ import annotations

from typing import Any

import pytest

from parfocal_worker._manifest import ParameterError, choose_axes, resolve_params

MANIFEST: dict[str, Any] = {
    "accepts": {"axes": ["yx", "zyx", "yxc"]},
    "params": {
        "properties": {
            "model": {"default": "nuclei", "stage": "load"},
            "probThreshold": {"default": 0.5, "stage": "post", "aliases": ["prob_thresh"]},
        }
    },
}


def test_defaults_are_filled_in_and_stages_kept_apart() -> None:
    assert resolve_params(MANIFEST, {}) == ({"model": "nuclei"}, {"prob_threshold": 0.5})


@pytest.mark.parametrize("word", ["probThreshold", "prob_threshold", "prob_thresh"])
def test_every_name_of_a_parameter_is_taken(word: str) -> None:
    assert resolve_params(MANIFEST, {word: 0.25})[1] == {"prob_threshold": 0.25}


def test_unknown_and_doubled_names_are_refused() -> None:
    with pytest.raises(ParameterError, match="there is no parameter prob; known are model, prob_threshold"):
        resolve_params(MANIFEST, {"prob": 1})
    with pytest.raises(ParameterError, match="prob_threshold is given twice"):
        resolve_params(MANIFEST, {"probThreshold": 1, "prob_thresh": 1})


def test_axes_are_chosen_only_where_there_is_one_way() -> None:
    assert choose_axes(MANIFEST, 2) == "yx"
    with pytest.raises(ValueError, match="zyx"):
        choose_axes(MANIFEST, 3)
