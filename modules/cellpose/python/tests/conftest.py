"""What the worker's tests share: the real runtime, real weights of Cellpose 3, real images."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MODULE = Path(__file__).resolve().parents[2]
REPOSITORY = MODULE.parents[1]
sys.path[:0] = [
    str(MODULE / "python"),
    str(REPOSITORY / "packages" / "core" / "python" / "runtime"),
    str(REPOSITORY / "tooling" / "python-check" / "python" / "support"),
]

import tifffile  # noqa: E402 - the paths above come first
import worker  # noqa: E402
from parfocal_worker import LoadOptions  # noqa: E402

_defaults = json.loads((MODULE / "module.json").read_text(encoding="utf-8"))["params"]["properties"]


def _snake_case(name: str) -> str:
    """As core turns the schema's names into Python's."""
    return re.sub(r"[A-Z]", lambda found: f"_{found.group().lower()}", name)


PARAMS: dict[str, Any] = {
    _snake_case(name): schema["default"] for name, schema in _defaults.items() if schema["stage"] != "load"
}
"""Network and post parameters with their defaults, out of the module's schema."""


Load = Callable[..., worker.Model]


def fixture_file(wheel: str, file: str) -> Path:
    """A file out of a wheel that was fetched by hash."""
    return Path(json.loads(os.environ["PARFOCAL_FIXTURES"])[wheel]) / file


WEIGHTS = fixture_file("celldetective", "primNK_cfse/cp-cfse-transfer")
"""Real weights of Cellpose 3: two channels, diameter 30. For tests only (GPL-3.0)."""


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load a model by the path of its weights."""
    cache = tmp_path_factory.mktemp("cache")

    def load_model(
        model: str | Path = WEIGHTS,
        runtime: str = "ncnn",
        restore: str | Path | None = None,
        device: str = "cpu",
        weights: dict[str, Path] | None = None,
        cache_dir: Path = cache,
    ) -> worker.Model:
        params = {"model": str(model), "runtime": runtime, "restore": None if restore is None else str(restore)}
        return worker.Model(LoadOptions(params, device, cache_dir, MODULE, 2, weights or {}))

    return load_model


@pytest.fixture(scope="session")
def model(load: Load) -> worker.Model:
    """Real weights on the runtime that a processor gets."""
    return load()


@pytest.fixture(scope="session")
def onnx(load: Load) -> worker.Model:
    """Real weights on ONNX Runtime."""
    return load(runtime="onnx")


@pytest.fixture(scope="session")
def on_torch(load: Load) -> worker.Model:
    """Real weights on torch."""
    return load(runtime="torch")


def sample(name: str) -> np.ndarray:
    """An image out of stardist's wheel, e.g. "img2d.tif"."""
    return tifffile.imread(fixture_file("stardist", name))
