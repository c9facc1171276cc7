"""A network with several channels and several outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import worker
from conftest import PARAMS, Load
from recorder import Recorder
from scipy.special import softmax

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="module")
def colour(load: Load) -> worker.Model:
    return load(MODELS, description_file=str(MODELS / "colour.yaml"))


@pytest.fixture
def image() -> np.ndarray:
    """A red and a green square on black, 21x33, uint8, "yxc"."""
    values = np.zeros((21, 33, 3), np.uint8)
    values[2:7, 3:9, 0] = 8
    values[10:18, 20:31, 1] = 8
    return values


@pytest.mark.parametrize("block_size", [None, 16])
def test_outputs_are_those_of_the_network(colour: worker.Model, image: np.ndarray, block_size: int | None) -> None:
    assert colour.axes == ["yxc"]
    recorder = Recorder("yxc")
    outputs = colour.predict(image, {**PARAMS, "block_size": block_size}, recorder)
    red, green, blue = np.moveaxis(image.astype(np.float32), -1, 0)
    np.testing.assert_allclose(outputs["output"], softmax(np.stack([red - blue, green + 0.5]), axis=0), rtol=1e-5)
    means = red[:20, :32].reshape(10, 2, 16, 2).mean((1, 3))
    np.testing.assert_allclose(outputs["output1"][0], means, rtol=1e-6)
    assert outputs["output1"].shape == (1, 10, 16)
    seams = "the image was cut into blocks, and the model declares no halo: borders of blocks may be seen"
    assert (seams in recorder.warnings) == (block_size is not None)


def test_labels_come_from_the_channel_that_is_asked_for(colour: worker.Model, image: np.ndarray) -> None:
    recorder = Recorder("yxc", keep_raw=True)
    first = colour.predict(image, PARAMS, recorder)["labels"]
    np.testing.assert_array_equal(first > 0, image[..., 0] > 0)
    assert recorder.warnings == [
        "labels were made from channel 0 of the 2 channels (red, green) of the output classes; set channel for another"
    ]
    params = {**PARAMS, "channel": 1, "threshold": 0.9}
    second = colour.refine(recorder.raw, params, Recorder("yxc"))
    np.testing.assert_array_equal(second["labels"] > 0, image[..., 1] > 0)
    assert second["output1"].shape == (1, 10, 16)
