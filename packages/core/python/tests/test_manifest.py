"""Parameters and axes of a run by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parfocal_worker._manifest import (
    ParameterError,
    choose_axes,
    find_manifest,
    package_dir,
    resolve_params,
    snake_case,
)

MANIFEST: dict[str, Any] = {
    "params": {
        "properties": {
            "model": {"type": "string", "default": "nuclei", "stage": "load"},
            "probThreshold": {
                "anyOf": [{"type": "number"}, {"type": "null"}],
                "default": None,
                "aliases": ["prob_thresh"],
            },
            "minSize": {"type": "integer", "default": 5, "stage": "post"},
        }
    },
    "accepts": {"axes": ["yx", "zyx", "cyx"]},
}


def test_defaults_names_and_stages() -> None:
    load, call = resolve_params(MANIFEST, {"prob_thresh": 0.5, "model": "mine"})
    assert load == {"model": "mine"}
    assert call == {"prob_threshold": 0.5, "min_size": 5}
    assert resolve_params(MANIFEST, {"min_size": 1})[1]["min_size"] == 1
    assert resolve_params(MANIFEST, {"minSize": 1})[1] == {"prob_threshold": None, "min_size": 1}


def test_unknown_and_doubled_names() -> None:
    with pytest.raises(ParameterError, match="there is no parameter size; known are model, prob_threshold, min_size"):
        resolve_params(MANIFEST, {"size": 1})
    with pytest.raises(ParameterError, match="prob_threshold is given twice"):
        resolve_params(MANIFEST, {"prob_thresh": 1, "probThreshold": 1})


def test_without_a_manifest_everything_goes_everywhere() -> None:
    assert resolve_params(None, {"minSize": 1}) == ({"min_size": 1}, {"min_size": 1})
    assert snake_case("percentileLow") == "percentile_low"


def test_axes_are_never_guessed() -> None:
    assert choose_axes(MANIFEST, 2) == "yx"
    assert choose_axes(None, 2) == "yx"
    with pytest.raises(ValueError, match="the module takes yx, zyx, cyx: name its axes with --axes"):
        choose_axes(MANIFEST, 3)
    with pytest.raises(ValueError, match="4 dimensions"):
        choose_axes(MANIFEST, 4)


def test_what_a_hand_written_manifest_leaves_out() -> None:
    assert resolve_params({"name": "mine"}, {}) == ({}, {})
    assert choose_axes({"name": "mine"}, 2) == "yx"
    assert choose_axes({"name": "mine", "accepts": {"dtypes": ["uint8"]}}, 2) == "yx"


def test_the_manifest_may_lie_beside_the_worker(tmp_path: Path) -> None:
    worker = tmp_path / "worker.py"
    (tmp_path / "module.json").write_text('{"name": "mine"}')
    assert find_manifest(str(worker)) == {"name": "mine"}
    assert package_dir(str(worker)) == str(tmp_path)


def test_the_manifest_is_beside_the_python_folder(tmp_path: Path) -> None:
    worker = tmp_path / "python" / "worker.py"
    assert find_manifest(str(worker)) is None
    (tmp_path / "module.json").write_text(json.dumps(MANIFEST))
    assert find_manifest(str(worker)) == MANIFEST
    (tmp_path / "module.json").write_text("[]")
    with pytest.raises(ValueError, match="is not an object"):
        find_manifest(str(worker))
