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
sys.path[:0] = [
    str(MODULE / "python"),
    str(REPOSITORY / "packages" / "core" / "python" / "runtime"),
    str(REPOSITORY / "tooling" / "python-check" / "python" / "support"),
]

import tifffile  # noqa: E402 - the paths above come first
import worker  # noqa: E402
from parfocal_worker import LoadOptions  # noqa: E402

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
