"""The training recipe: a few steps of it, loaded by the worker.

Needs the environment of `parity/locks/default/cpu.txt` (2.4 GB on disk, a minute and a half to run);
`PARFOCAL_PARITY_PYTHON` names its interpreter.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import MODULE, PARAMS, Load, sample
from recorder import Recorder
from shared_data import shared_data

UPSTREAM = """
import sys
import numpy as np
from stardist.models import StarDist2D
folder, image, result = sys.argv[1:]
base, name = folder.rsplit("/", 1)
prob, dist = StarDist2D(None, name=name, basedir=base).predict(np.load(image))
np.savez(result, prob=prob, dist=dist)
"""


@pytest.fixture(scope="module")
def upstream_python() -> str:
    """Interpreter of the environment with TensorFlow."""
    python = os.environ.get("PARFOCAL_PARITY_PYTHON")
    if not python:
        pytest.skip("skipped: PARFOCAL_PARITY_PYTHON is not set")
    return python


def call(python: str, *arguments: str | Path) -> None:
    done = subprocess.run([python, *map(str, arguments)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]


def train(python: str, output: Path) -> None:
    few = ["--epochs", "1", "1", "--steps", "2", "--images", "2"]
    call(python, MODULE / "training" / "train.py", "--data", shared_data(), "--output", output, *few)


@pytest.fixture(scope="module")
def trained(upstream_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that the recipe wrote after a few steps."""
    folder = tmp_path_factory.mktemp("trained") / "few-steps"
    train(upstream_python, folder)
    return folder


def test_a_few_steps_give_a_model_that_the_worker_loads(
    upstream_python: str, trained: Path, load: Load, tmp_path: Path
) -> None:
    model = load(trained)
    bundled = load()
    assert model.config == bundled.config
    image = sample("img2d.tif")[:240, :256]
    context = Recorder(keep_raw=True)
    model.predict(image, {**PARAMS, "normalize": False}, context)
    np.save(tmp_path / "image.npy", image.astype(np.float32))
    call(upstream_python, "-c", UPSTREAM, trained, tmp_path / "image.npy", tmp_path / "result.npz")
    with np.load(tmp_path / "result.npz") as upstream:
        np.testing.assert_allclose(context.raw["prob"], upstream["prob"], atol=1e-4)
        distances = np.maximum(np.moveaxis(context.raw["dist"], 0, -1), 1e-3)
        np.testing.assert_allclose(distances, upstream["dist"], rtol=1e-4, atol=1e-2)


def test_the_seed_fixes_the_weights(upstream_python: str, trained: Path, tmp_path: Path) -> None:
    train(upstream_python, tmp_path / "again")
    first, second = (
        hashlib.sha256((folder / "weights_best.h5").read_bytes()) for folder in (trained, tmp_path / "again")
    )
    assert first.hexdigest() == second.hexdigest()
