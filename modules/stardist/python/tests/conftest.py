"""What the worker's tests share: the real runtime, the bundled model, upstream's sample and the reference data."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MODULE = Path(__file__).resolve().parents[2]
REPOSITORY = MODULE.parents[1]
sys.path[:0] = [str(MODULE / "python"), str(REPOSITORY / "packages" / "core" / "python" / "runtime")]

import tifffile  # noqa: E402 - the paths above come first
import worker  # noqa: E402
from parfocal_worker import Context, LoadOptions  # noqa: E402

PARAMS: dict[str, Any] = {
    "scale": 1,
    "tiles": None,
    "normalize": True,
    "percentile_low": 1,
    "percentile_high": 99.8,
    "normalize_channels": "joint",
    "prob_threshold": None,
    "nms_threshold": None,
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
    def has_raw(self) -> bool:
        """Whether something was handed to `keep`."""
        return self._raw is not None

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
    """Load a model by name or folder."""
    cache = tmp_path_factory.mktemp("cache")

    def load_model(model: str | Path = "nuclei", device: str = "cpu", cache_dir: Path = cache) -> worker.Model:
        return worker.Model(LoadOptions({"model": str(model)}, device, cache_dir, MODULE, 2))

    return load_model


@pytest.fixture(scope="session")
def nuclei(load: Load) -> worker.Model:
    """The bundled model."""
    return load()


def sample(name: str) -> np.ndarray:
    """An image that comes with upstream's wheel, e.g. "img2d.tif"."""
    root = importlib.metadata.distribution("stardist").locate_file(f"stardist/data/images/{name}")
    return tifffile.imread(str(root))


def shared_data() -> Path:
    """The folder of reference data beside the repository; skips the test where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("skipped: no ../shared")
    return folder
