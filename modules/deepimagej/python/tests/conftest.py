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
sys.path[:0] = [str(MODULE / "python"), str(REPOSITORY / "packages" / "core" / "python" / "runtime")]

import worker  # noqa: E402 - the paths above come first
from parfocal_worker import Context, LoadOptions  # noqa: E402

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


class Recorder(Context):
    """A call's context that remembers what the model said."""

    def __init__(self, axes: str = "yx", *, keep_raw: bool = False, cancel_after: int | None = None) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self._cancel_after = cancel_after
        super().__init__(axes, None, keep_raw, self._step, self._cancel)

    def _step(self, done: int, total: int, message: str) -> None:
        self.steps.append((done, total, message))

    def _cancel(self) -> bool:
        return self._cancel_after is not None and bool(self.steps) and self.steps[-1][0] >= self._cancel_after

    @property
    def raw(self) -> dict[str, np.ndarray]:
        """What was handed to `keep`."""
        assert self._raw is not None
        return self._raw

    @property
    def facts(self) -> dict[str, Any]:
        """What was handed to `info`."""
        return self._info

    @property
    def warnings(self) -> list[str]:
        """What was handed to `warn`."""
        return self._warnings


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


def shared_data() -> Path:
    """The folder of reference data beside the repository; skips the test where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("skipped: no ../shared")
    return folder
