"""What the worker's tests share: the real runtime, the bundled model, descriptions around it and the reference data."""

from __future__ import annotations

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

import worker  # noqa: E402 - the paths above come first
from parfocal_worker import LoadOptions  # noqa: E402

BLOBS = MODULE / "weights" / "blobs"
PARAMS: dict[str, Any] = {
    "block_size": None,
    "post_step": "auto",
    "channel": None,
    "threshold": 0.5,
    "min_size": 0,
    "min_distance": 4,
}
"""Network and post parameters with their defaults."""


Load = Callable[..., Any]


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load a model by bundled name or folder, as a worker that is started by hand does."""
    cache = tmp_path_factory.mktemp("cache")

    def load_model(model: str | Path = "blobs", **params: Any) -> worker.Model:
        given = {"model": str(model), "weights_format": "auto", "trust": False, **params}
        return worker.Model(LoadOptions(given, "cpu", cache, MODULE, 2))

    return load_model


@pytest.fixture(scope="session")
def blobs(load: Load) -> worker.Model:
    """The bundled model."""
    return load()


@pytest.fixture(scope="session")
def sample() -> np.ndarray:
    """The bundled sample, 160x160, uint16."""
    return np.load(MODULE / "python" / "sample" / "drawn_blobs.npy")


@pytest.fixture
def described(tmp_path: Path) -> Callable[..., Path]:
    """A model folder with the bundled weights and another description."""

    def write(text: str, name: str = "rdf.yaml", **files: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / "weights.onnx").write_bytes((BLOBS / "weights.onnx").read_bytes())
        for file, content in files.items():
            (tmp_path / file.replace("__", ".")).write_text(content, encoding="utf-8")
        return tmp_path

    return write
