"""The worker against upstream StarDist on TensorFlow (see `parity/`)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import imageio.v3 as imageio
import numpy as np
import pytest
from conftest import MODULE, PARAMS, Load, sample
from recorder import Recorder
from shared_data import shared_data

from parfocal_stardist.predict import pad, run_tiles
from parfocal_stardist.tiling import tiles

PARITY = MODULE / "parity"
EXPECTED: dict[str, Any] = json.loads((PARITY / "expected.json").read_text())


def compare(labels: np.ndarray, expected: dict[str, Any]) -> None:
    """Labels are upstream's: the same bytes, or the same count and 99.9 % of pixels in the same object."""
    assert labels.dtype == np.int32
    assert list(labels.shape) == expected["shape"]
    assert len(np.unique(labels[labels > 0])) == expected["count"]
    if hashlib.sha256(np.ascontiguousarray(labels).tobytes()).hexdigest() == expected["labelsSha256"]:
        return
    with np.load(PARITY / "labels.npz") as upstream:
        agreement = same_object(labels, upstream[expected["name"]])
    assert agreement >= 0.999


def same_object(labels: np.ndarray, upstream: np.ndarray) -> float:
    """Part of all foreground pixels (of either image) that lie in the same object in both, whatever its number."""
    foreground = (labels > 0) | (upstream > 0)
    pairs, counts = np.unique(np.stack([labels[foreground], upstream[foreground]]), axis=1, return_counts=True)
    partners: dict[int, int] = {}
    taken: set[int] = set()
    same = 0
    for index in np.argsort(-counts):
        ours, theirs = (int(value) for value in pairs[:, index])
        if ours and theirs and ours not in partners and theirs not in taken:
            partners[ours] = theirs
            taken.add(theirs)
            same += int(counts[index])
    return same / max(1, int(foreground.sum()))


def test_same_object_sees_a_shifted_object_and_ignores_numbers() -> None:
    image = np.zeros((20, 20), np.int32)
    image[2:8, 2:8] = 1
    image[10:18, 10:18] = 2
    assert same_object(image, np.where(image == 1, 7, image * 3)) == 1
    assert same_object(image, np.roll(image, 1, axis=0)) < 0.9
    assert same_object(image, (image > 0).astype(np.int32)) < 0.9


@pytest.mark.parametrize("name", ["sample2d", "sample2dScaled"])
def test_2d_sample(name: str, load: Load) -> None:
    expected = EXPECTED[name]
    outputs = load().predict(sample("img2d.tif"), {**PARAMS, "scale": expected["scale"]}, Recorder())
    compare(outputs["labels"], expected)
    assert len(outputs["scores"]) == expected["candidatesKept"]


@pytest.mark.parametrize("name", ["sample3d", "sample3dScaled"])
def test_3d_sample(name: str, load: Load) -> None:
    expected = EXPECTED[name]
    model = load(PARITY / "models" / "3d-sample")
    outputs = model.predict(sample("img3d.tif"), {**PARAMS, "scale": expected["scale"]}, Recorder("zyx"))
    compare(outputs["labels"], expected)
    assert len(outputs["scores"]) == expected["count"]


@pytest.mark.parametrize("index", range(len(EXPECTED["val"])))
def test_validation_image(index: int, load: Load) -> None:
    expected = EXPECTED["val"][index]
    path = shared_data() / "dsb2018-fluo" / "val" / "images" / expected["image"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected["imageSha256"]
    compare(load().predict(imageio.imread(path), PARAMS, Recorder())["labels"], expected)


@pytest.mark.parametrize("name", EXPECTED["tensors"])
def test_untrained_model_tensors(name: str, load: Load) -> None:
    model = load(PARITY / "models" / name)
    config = model.config
    with np.load(PARITY / "models" / name / "upstream.npz") as upstream:
        padded = pad(upstream["image"], config)
        whole = tiles(config, padded.shape[1:], (1,) * config.dimensions)
        (cells,) = run_tiles(padded, whole, model.session.run)
        found = {"prob": cells.prob, "dist": np.maximum(np.moveaxis(cells.dist, 0, -1), 1e-3)}
        if cells.classes is not None:
            found["prob_class"] = np.moveaxis(cells.classes, 0, -1)
        assert sorted([*found, "image"]) == sorted(upstream.files)
        for key, values in found.items():
            assert upstream[key].std() > 0.01, "the reference says nothing"
            np.testing.assert_allclose(values, upstream[key], rtol=0, atol=1e-4)
