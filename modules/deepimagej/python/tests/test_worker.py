"""The worker as a whole, on the bundled model, on other descriptions of it, and on a real model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worker
from conftest import BLOBS, MODULE, PARAMS, Load
from parfocal_worker import BadInputError, Cancelled, DeviceUnavailableError, LoadOptions, WeightsError
from recorder import Recorder
from scipy.ndimage import convolve1d
from shared_data import shared_data

OLD = """
format_version: 0.4.9
name: blobs
inputs:
  - name: image
    axes: bcyx
    data_type: float32
    shape: {shape}
{steps}
outputs:
  - name: probability
    axes: bcyx
    data_type: float32
    halo: [0, 0, 20, 20]
    shape: {{{reference}: image, scale: [1, 1, 1, 1], offset: [0, 0, 0, 0]}}
{post}
weights: {{onnx: {{source: weights.onnx}}}}
"""
STEPS = """    preprocessing:
      - {name: scale_range, kwargs: {mode: per_sample, axes: cyx, min_percentile: 1, max_percentile: 99.8}}
      - {name: clip, kwargs: {min: -0.5, max: 1.5}}
"""
XML = """<Model><ModelInformation><Name>blobs</Name></ModelInformation><ModelCharacteristics>
<InputOrganization0>NCHW</InputOrganization0><OutputOrganization0>NCHW</OutputOrganization0>
<InputTensorDimensions>,-1,1,-1,-1,</InputTensorDimensions><MinimumSize>16</MinimumSize><Padding>20</Padding>
<PatchSize>96</PatchSize><FixedPatch>false</FixedPatch><PreprocessingFile>mine.ijm</PreprocessingFile>
<PostprocessingFile>null</PostprocessingFile></ModelCharacteristics></Model>"""


def old(version: str = "0.4.9", shape: str = "{min: [1, 1, 32, 32], step: [0, 0, 16, 16]}", **parts: str) -> str:
    reference = "reference_input" if version.startswith("0.3") else "reference_tensor"
    text = OLD.replace("0.4.9", version)
    return text.format(shape=shape, reference=reference, steps=parts.get("steps", STEPS), post=parts.get("post", ""))


def gaussian(sigma: float) -> np.ndarray:
    radius = round(2.5 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return kernel / kernel.sum()


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    for axis in (0, 1):
        image = convolve1d(image, gaussian(sigma), axis, mode="constant")
    return image


def test_the_bundled_network_computes_what_it_says(blobs: worker.Model, sample: np.ndarray) -> None:
    low, high = np.percentile(sample, [1, 99.8])
    scaled = np.clip((sample - low) / (high - low + 1e-6), -0.5, 1.5)
    expected = 1 / (1 + np.exp(-40 * (blur(scaled, 1) - 0.5 * blur(scaled, 8) - 0.25)))
    outputs = blobs.predict(sample, PARAMS, Recorder())
    np.testing.assert_allclose(outputs["output"][0], expected, atol=1e-4)
    assert outputs["labels"].dtype == np.int32
    assert outputs["labels"].max() == 20
    np.testing.assert_array_equal(outputs["labels"] > 0, outputs["output"][0] > 0.5)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (old(), "rdf.yaml"),
        (old("0.3.2"), "rdf.yaml"),
        (old(shape="[1, 1, 160, 160]"), "rdf.yaml"),
        (old(shape="[1, 1, 256, 192]"), "model.yaml"),
    ],
)
def test_older_descriptions_give_the_same(
    load: Load, described: Callable[..., Path], blobs: worker.Model, sample: np.ndarray, text: str, name: str
) -> None:
    model = load(described(text, name))
    found = model.predict(sample, PARAMS, Recorder())
    expected = blobs.predict(sample, PARAMS, Recorder())
    inner = (slice(None), slice(20, -20), slice(20, -20))  # where padding is not seen
    np.testing.assert_allclose(found["output"][inner], expected["output"][inner], atol=1e-6)


def test_config_xml_names_the_macro_that_was_not_run(
    load: Load, described: Callable[..., Path], sample: np.ndarray
) -> None:
    folder = described(XML, "config.xml", mine__ijm='print("not one of ours");\n')
    weights = {"weights_format": "onnx", "weights_file": str(folder / "weights.onnx")}
    model = load(folder, **weights)
    recorder = Recorder()
    low, high = np.percentile(sample, [1, 99.8])
    scaled = ((sample - low) / (high - low)).astype(np.float32)
    outputs = model.predict(scaled, PARAMS, recorder)
    assert recorder.warnings == ["the macro mine.ijm was not run: it is none of those known here, or was changed"]
    assert len(recorder.steps) > 4, "its patch size makes blocks"
    assert outputs["labels"].max() == 20
    assert recorder.facts["description"] == "config.xml"


def test_blocks_change_nothing_where_the_halo_is_enough(blobs: worker.Model, sample: np.ndarray) -> None:
    image = np.tile(sample, (2, 3))[:301, :455]
    whole = blobs.predict(image, PARAMS, Recorder())["output"]
    recorder = Recorder()
    parts = blobs.predict(image, {**PARAMS, "block_size": 128}, recorder)["output"]
    np.testing.assert_allclose(parts[:, 20:-20, 20:-20], whole[:, 20:-20, 20:-20], atol=1e-6)
    assert recorder.steps[0] == (0, 24, "blocks")
    assert recorder.steps[-1] == (24, 24, "blocks")


def test_cancels_between_blocks(blobs: worker.Model, sample: np.ndarray) -> None:
    with pytest.raises(Cancelled):
        blobs.predict(np.tile(sample, (3, 3)), {**PARAMS, "block_size": 96}, Recorder(cancel_after=2))
    assert blobs.predict(sample, PARAMS, Recorder())["labels"].max() == 20


@pytest.mark.parametrize(
    "params",
    [
        {"threshold": 0.8},
        {"post_step": "watershed", "min_distance": 3},
        {"post_step": "threshold", "min_size": 150},
        {"post_step": "none"},
    ],
)
def test_refine_equals_a_run(blobs: worker.Model, sample: np.ndarray, params: dict[str, Any]) -> None:
    recorder = Recorder(keep_raw=True)
    blobs.predict(sample, PARAMS, recorder)
    refined = blobs.refine(recorder.raw, {**PARAMS, **params}, Recorder())
    full = blobs.predict(sample, {**PARAMS, **params}, Recorder())
    assert refined.keys() == full.keys()
    for name, values in full.items():
        np.testing.assert_array_equal(refined[name], values)
        assert refined[name].dtype == values.dtype


def test_says_why_there_are_no_labels(
    load: Load, described: Callable[..., Path], blobs: worker.Model, sample: np.ndarray
) -> None:
    recorder = Recorder()
    assert not blobs.predict(sample, {**PARAMS, "post_step": "none"}, recorder)["labels"].any()
    assert recorder.warnings == ["no labels were made: post step none was asked for; the tensor is in output"]
    post = "    postprocessing: [{name: scale_linear, kwargs: {gain: 5.0, offset: 0.0}}]\n"
    recorder = Recorder()
    labels = load(described(old(post=post))).predict(sample, PARAMS, recorder)["labels"]
    assert not labels.any()
    assert recorder.warnings[0].startswith("no labels were made: the output probability has values from ")
    assert recorder.warnings[0].endswith("to 5, which are no probabilities; set postStep and threshold")


def test_post_processing_that_is_not_known_is_named(
    load: Load, described: Callable[..., Path], sample: np.ndarray
) -> None:
    post = "    postprocessing: [{name: shiny, kwargs: {}}, {name: sigmoid}]\n"
    recorder = Recorder()
    outputs = load(described(old(post=post))).predict(sample, PARAMS, recorder)
    assert recorder.warnings == [
        "the post-processing shiny, sigmoid of the output probability was not run: it is not known here"
    ]
    assert outputs["labels"].max() == 20


def test_a_binary_output_becomes_labels(load: Load, described: Callable[..., Path], sample: np.ndarray) -> None:
    post = "    postprocessing: [{name: binarize, kwargs: {threshold: 0.5}}]\n"
    outputs = load(described(old(post=post))).predict(sample, PARAMS, Recorder())
    assert outputs["output"].dtype == np.bool_
    assert outputs["labels"].max() == 20


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint32", "int32", "float32", "float64"])
def test_takes_every_dtype(blobs: worker.Model, dtype: str) -> None:
    image = np.zeros((60, 60), dtype)
    image[20:30, 20:30] = 1 if dtype == "bool" else 100
    before = image.copy()
    image.setflags(write=False)
    assert blobs.predict(image, PARAMS, Recorder())["labels"].max() == 1
    np.testing.assert_array_equal(image, before)


def test_refuses_images_that_do_not_fit(load: Load, described: Callable[..., Path], blobs: worker.Model) -> None:
    image = np.zeros((40, 40), np.float32)
    image[3, 3] = np.nan
    with pytest.raises(BadInputError, match="the image holds NaN or Inf"):
        blobs.predict(image, PARAMS, Recorder())
    with pytest.raises(BadInputError, match="channel 2 was asked for, the output probability has 1"):
        blobs.predict(np.eye(40), {**PARAMS, "channel": 2}, Recorder())
    colour = load(described(old(shape="[1, 3, 64, 64]")))
    assert colour.axes == ["yxc"]
    with pytest.raises(BadInputError, match="the image has 2 channels, this model takes 3"):
        colour.predict(np.zeros((64, 64, 2), np.float32), PARAMS, Recorder("yxc"))


def test_a_description_of_another_network_is_found_out(load: Load, described: Callable[..., Path]) -> None:
    text = old().replace("scale: [1, 1, 1, 1]", "scale: [1, 1, 2, 2]")
    with pytest.raises(BadInputError, match="has 64 pixels along y, the description says 128"):
        load(described(text)).predict(np.eye(64), PARAMS, Recorder())


def test_says_which_weights_are_missing_or_damaged(load: Load, described: Callable[..., Path], tmp_path: Path) -> None:
    folder = described(old())
    (folder / "weights.onnx").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match=r"weights\.onnx cannot be loaded as onnx"):
        load(folder)
    (folder / "weights.onnx").unlink()
    with pytest.raises(WeightsError, match="holds no weights of format auto; the description names onnx") as error:
        load(folder)
    assert error.value.missing
    with pytest.raises(WeightsError, match=r"need the profile 'torch': this environment has no torch"):
        load(BLOBS, weights_format="torchscript", weights_file=str(BLOBS / "weights.onnx"))
    with pytest.raises(WeightsError, match="no folder .*no-such-model"):
        load(tmp_path / "no-such-model")


def test_refuses_devices_that_are_not_there(tmp_path: Path) -> None:
    given = {"model": "blobs", "weights_format": "auto", "trust": False}
    with pytest.raises(DeviceUnavailableError, match="cuda:3 cannot be used: onnxruntime"):
        worker.Model(LoadOptions(given, "cuda:3", tmp_path, MODULE, 1))
    with pytest.raises(DeviceUnavailableError, match="not on mps"):
        worker.Model(LoadOptions(given, "mps", tmp_path, MODULE, 1))


@pytest.mark.parametrize("description", ["bioimageio.yaml", "v0_4_9.bioimageio.yaml"])
def test_a_zoo_model_equals_its_test_tensors(load: Load, description: str) -> None:
    folder = shared_data() / "nuclei-broad"
    model = load(folder, description_file=str(folder / description))
    given, expected = np.load(folder / "test_input.npy"), np.load(folder / "test_output.npy")
    outputs = model.predict(given[0, 0], PARAMS, Recorder())
    np.testing.assert_allclose(outputs["output"], expected[0], atol=1e-4)


def test_less_memory_means_smaller_blocks(blobs: worker.Model) -> None:
    tried = [{**PARAMS, "block_size": 1024}]
    while (params := blobs.less_memory(tried[-1], (600, 512), "yx")) is not None:
        tried.append(params)
    assert [params["block_size"] for params in tried] == [1024, 300, 150, 75]
