"""The worker on drawn and damaged images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parfocal_worker import BadInputError, Context, LoadOptions
from worker import Model

SAMPLE = Path(__file__).parents[1] / "sample"
IMAGE = np.load(SAMPLE / "discs.npy")
TRUTH = np.load(SAMPLE / "discs_labels.npy")


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(LoadOptions(params={}, device="cpu", cache_dir=tmp_path, package_dir=tmp_path))


def predict(model: Model, image: np.ndarray) -> np.ndarray:
    params: dict[str, Any] = {"sigma": 1.0, "contrast": 0.5, "min_size": 20}
    return model.predict(image, params, Context(axes="yx"))["labels"]


def test_finds_every_drawn_disc(model: Model) -> None:
    labels = predict(model, IMAGE)
    assert labels.dtype == np.int32
    assert labels.max() == TRUTH.max()
    overlap = [(labels[i == TRUTH] > 0).mean() for i in range(1, TRUTH.max() + 1)]
    assert min(overlap) > 0.8


def test_constant_image_has_no_objects(model: Model) -> None:
    labels = predict(model, np.full_like(IMAGE, 5))
    assert labels.shape == TRUTH.shape
    assert labels.max() == 0


def test_bad_pixels_are_refused(model: Model) -> None:
    with pytest.raises(BadInputError, match="NaN"):
        predict(model, np.full_like(IMAGE, np.nan, dtype=np.float32))
