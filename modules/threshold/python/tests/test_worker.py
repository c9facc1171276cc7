"""The threshold worker on drawn and damaged images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parfocal_worker import BadInputError, Context, LoadOptions
from worker import Model, otsu_level

SAMPLE = Path(__file__).parents[1] / "sample"
DEFAULTS: dict[str, Any] = {"method": "otsu", "level": 0.0, "min_size": 20, "fill_holes": True}


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(LoadOptions(params={}, device="cpu", cache_dir=tmp_path, package_dir=tmp_path, threads=None))


def predict(model: Model, image: np.ndarray, **changes: object) -> dict[str, np.ndarray]:
    return model.predict(image, {**DEFAULTS, **changes}, Context(axes="yx"))


def test_finds_every_drawn_disc(model: Model) -> None:
    truth = np.load(SAMPLE / "blobs_labels.npy")
    result = predict(model, np.load(SAMPLE / "blobs.npy"))
    labels = result["labels"]
    assert labels.dtype == np.int32
    assert labels.max() == truth.max() == 16
    overlap = [(labels[truth == i] > 0).mean() for i in range(1, 17)]
    assert min(overlap) > 0.9
    assert result["areas"].tolist() == np.bincount(labels.ravel())[1:].tolist()


def test_otsu_separates_two_levels() -> None:
    image = np.concatenate([np.full(500, 10), np.full(100, 200)])
    assert 10 <= otsu_level(image) < 200


def test_constant_image_has_no_objects(model: Model) -> None:
    assert predict(model, np.full((9, 7), 5, np.uint16))["labels"].max() == 0


def test_small_objects_are_dropped_and_ids_stay_dense(model: Model) -> None:
    image = np.zeros((20, 20), np.uint8)
    image[1, 1] = 255
    image[5:10, 5:10] = 255
    image[12:18, 12:18] = 255
    result = predict(model, image, min_size=2)
    assert np.unique(result["labels"]).tolist() == [0, 1, 2]
    assert result["areas"].tolist() == [25, 36]


def test_holes_are_filled_when_asked(model: Model) -> None:
    image = np.zeros((9, 9), np.float32)
    image[2:7, 2:7] = 1
    image[4, 4] = 0
    assert predict(model, image, min_size=1)["areas"].tolist() == [25]
    assert predict(model, image, min_size=1, fill_holes=False)["areas"].tolist() == [24]


def test_bad_pixels_are_counted_and_refused(model: Model) -> None:
    image = np.zeros((4, 4), np.float32)
    image[0, 0], image[1, 1] = np.nan, np.inf
    with pytest.raises(BadInputError, match="2 of 16 pixels are NaN or infinite"):
        predict(model, image)
