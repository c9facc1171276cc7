"""The worker as a whole, on the bundled model and upstream's sample."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import worker
from conftest import MODULE, PARAMS, REPOSITORY, Load, sample
from parfocal_worker import BadInputError, Cancelled, DeviceUnavailableError
from recorder import Recorder
from stardist.matching import matching

RUNTIME = REPOSITORY / "packages" / "core" / "python" / "runtime"


def assert_same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    assert list(first) == list(second)
    for name, values in first.items():
        assert values.dtype == second[name].dtype
        np.testing.assert_array_equal(values, second[name])


def test_sample_objects_match_the_truth(nuclei: worker.Model) -> None:
    outputs = nuclei.predict(sample("img2d.tif"), PARAMS, Recorder())
    assert len(outputs["scores"]) == 116
    found: Any = matching(sample("mask2d.tif"), outputs["labels"], thresh=0.5)
    assert found.accuracy == pytest.approx(112 / (112 + 4 + 13))


def test_outputs_describe_the_labelled_objects(nuclei: worker.Model) -> None:
    outputs = nuclei.predict(sample("img2d.tif"), PARAMS, Recorder())
    labels, points, polygons = outputs["labels"], outputs["points"], outputs["polygons"]
    assert {name: (values.dtype.name, values.shape) for name, values in outputs.items()} == {
        "labels": ("int32", (512, 512)),
        "scores": ("float32", (116,)),
        "points": ("float32", (116, 2)),
        "polygons": ("float32", (116, 2, 32)),
    }
    assert np.all(np.diff(outputs["scores"]) <= 0)
    for index in range(len(points)):
        rows, columns = np.nonzero(labels == index + 1)
        low, high = polygons[index].min(axis=1), polygons[index].max(axis=1)
        assert np.all(low <= points[index])
        assert np.all(points[index] <= high)
        assert low[0] <= rows.min()
        assert rows.max() <= high[0]
        assert low[1] <= columns.min()
        assert columns.max() <= high[1]


def test_same_labels_twice(nuclei: worker.Model, load: Load) -> None:
    image = sample("img2d.tif")
    first = nuclei.predict(image, PARAMS, Recorder())
    assert_same(first, nuclei.predict(image, PARAMS, Recorder()))
    assert_same(first, load().predict(image, PARAMS, Recorder()))


@pytest.mark.parametrize("tiles", [None, [2, 3]])
@pytest.mark.parametrize("thresholds", [(None, None), (0.2, 0.1), (0.7, 0.5), (0.0, 0.3), (0.999, 0.3)])
def test_refine_gives_what_a_run_would(nuclei: worker.Model, tiles: Any, thresholds: tuple[Any, Any]) -> None:
    image = sample("img2d.tif")[100:247, 60:221]
    context = Recorder(keep_raw=True)
    nuclei.predict(image, {**PARAMS, "tiles": tiles, "scale": 1.1}, context)
    params = {**PARAMS, "prob_threshold": thresholds[0], "nms_threshold": thresholds[1], "tiles": tiles, "scale": 1.1}
    refined = nuclei.refine(context.raw, params, Recorder())
    assert_same(refined, nuclei.predict(image, params, Recorder()))


def test_raw_output_is_small_and_only_kept_on_request(nuclei: worker.Model) -> None:
    kept, dropped = Recorder(keep_raw=True), Recorder()
    nuclei.predict(sample("img2d.tif"), PARAMS, kept)
    nuclei.predict(sample("img2d.tif"), PARAMS, dropped)
    assert {name: values.shape for name, values in kept.raw.items()} == {
        "prob": (256, 256),
        "dist": (32, 256, 256),
        "shape": (2,),
        "scaled_shape": (2,),
        "scale": (),
    }
    assert not dropped.has_raw


def test_tiles_give_the_same_objects(nuclei: worker.Model) -> None:
    image = np.tile(sample("img2d.tif"), (2, 2))[:1000, :903]
    whole = nuclei.predict(image, {**PARAMS, "tiles": [1, 1]}, Recorder())
    context = Recorder()
    tiled = nuclei.predict(image, {**PARAMS, "tiles": [3, 2]}, context)
    assert [step[:2] for step in context.steps] == [(done, 6) for done in range(7)]
    assert len(whole["scores"]) == len(tiled["scores"]) > 350
    assert np.mean(whole["labels"] == tiled["labels"]) >= 0.999
    assert context.facts["n_tiles"] == 6


def test_cancelled_between_tiles(nuclei: worker.Model) -> None:
    context = Recorder(cancel_after=2)
    with pytest.raises(Cancelled):
        nuclei.predict(sample("img2d.tif"), {**PARAMS, "tiles": [3, 3]}, context)
    assert context.steps[-1][:2] == (2, 9)


def test_facts_for_the_provenance(nuclei: worker.Model) -> None:
    context = Recorder()
    nuclei.predict(sample("img2d.tif"), {**PARAMS, "nms_threshold": 0.45}, context)
    assert context.facts == {
        "model": "nuclei",
        "weights_sha256": "f82750d7658a62e9b4143103189f0338d7d8a5e02fa03367bfd88f0c8cb279ef",
        "onnxruntime": context.facts["onnxruntime"],
        "stardist": "0.9.2",
        "providers": ["CPUExecutionProvider"],
        "device_reason": "cpu was asked for",
        "prob_threshold": pytest.approx(0.4949367),
        "nms_threshold": 0.45,
        "n_tiles": 1,
    }
    assert nuclei.device == "cpu"


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int16", "int32", "uint32", "int64", "float16", "float32", "float64"]
)
def test_number_types(nuclei: worker.Model, dtype: str) -> None:
    image = sample("img2d.tif")[:256, :256]
    expected = nuclei.predict(image, PARAMS, Recorder())["labels"]
    narrow = (image // 16).astype(np.uint8) if dtype in ("uint8", "float16") else image
    found = nuclei.predict(narrow.astype(dtype), PARAMS, Recorder())["labels"]
    assert expected.max() > 20
    assert np.mean((found > 0) == (expected > 0)) > 0.98


def test_boolean_image(nuclei: worker.Model) -> None:
    mask = sample("mask2d.tif")[:256, :256] > 0
    assert mask.dtype == bool
    found = nuclei.predict(mask, PARAMS, Recorder())["labels"]
    assert np.mean((found > 0) == mask) > 0.9


def test_read_only_image_is_left_alone(nuclei: worker.Model) -> None:
    image = sample("img2d.tif")[:64, :64].astype(np.float32)
    before = image.copy()
    image.flags.writeable = False
    nuclei.predict(image, {**PARAMS, "normalize": False}, Recorder())
    nuclei.predict(image, PARAMS, Recorder())
    np.testing.assert_array_equal(image, before)


def test_channel_axis_of_length_one(nuclei: worker.Model) -> None:
    image = sample("img2d.tif")[:128, :128]
    plain = nuclei.predict(image, PARAMS, Recorder("yx"))
    assert_same(plain, nuclei.predict(image[..., np.newaxis], PARAMS, Recorder("yxc")))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (3, 300), (31, 37), (127, 131), (16, 16)])
def test_any_size(nuclei: worker.Model, shape: tuple[int, int]) -> None:
    image = sample("img2d.tif")[100 : 100 + shape[0], 60 : 60 + shape[1]]
    outputs = nuclei.predict(image, PARAMS, Recorder())
    assert outputs["labels"].shape == shape
    assert outputs["labels"].max() <= len(outputs["scores"])


@pytest.mark.parametrize("value", [0, 1, 255, -3.5])
@pytest.mark.parametrize("normalize", [True, False])
def test_constant_image_has_no_objects(nuclei: worker.Model, value: float, normalize: bool) -> None:
    context = Recorder(keep_raw=True)
    outputs = nuclei.predict(np.full((70, 90), value), {**PARAMS, "normalize": normalize}, context)
    assert not outputs["labels"].any()
    assert outputs["labels"].shape == (70, 90)
    assert {name: values.shape for name, values in outputs.items() if name != "labels"} == {
        "scores": (0,),
        "points": (0, 2),
        "polygons": (0, 2, 32),
    }
    assert_same(outputs, nuclei.refine(context.raw, {**PARAMS, "prob_threshold": 0.0}, Recorder()))


def test_few_bright_pixels(nuclei: worker.Model) -> None:
    image = np.zeros((256, 256), np.uint16)
    image[100, 100] = 4000
    context = Recorder()
    outputs = nuclei.predict(image, PARAMS, context)
    assert len(outputs["scores"]) <= 1
    assert context.warnings == ["percentiles 1 and 99.8 are the same value, minimum and maximum were used instead"]


@pytest.mark.parametrize(
    ("image", "axes", "message"),
    [
        (np.full((4, 5), np.nan, np.float32), "yx", "20 of 20 pixel values are NaN or infinite"),
        (np.array([[1, np.inf], [np.nan, 2]]), "yx", "2 of 4 pixel values are NaN or infinite"),
        (np.zeros((0, 5)), "yx", r"the image has no pixels: shape \(0, 5\)"),
        (np.array([[1e300, 2]]), "yx", "pixel values up to 1e\\+300 are too large: beyond 1e37"),
        (np.zeros((4, 5), np.complex64), "yx", "images of dtype complex64 cannot be segmented"),
        (np.zeros((4, 5, 3)), "yxc", r"this model takes yx with 1 channel, the image has 3 \(axes yxc\)"),
        (np.zeros((4, 5, 6)), "zyx", "this model takes yx with 1 channel, the image has axes zyx"),
    ],
)
def test_unusable_image(nuclei: worker.Model, image: np.ndarray, axes: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        nuclei.predict(image, PARAMS, Recorder(axes))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"tiles": [1, 2, 3]}, "tiles has 3 numbers, this model has 2 axes"),
        ({"scale": 0.001}, r"scale 0.001 leaves no pixels of an image of \(64, 64\)"),
        ({"percentile_low": 60, "percentile_high": 50}, "percentile_low 60 must be below percentile_high 50"),
    ],
)
def test_parameters_that_do_not_fit(nuclei: worker.Model, params: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        nuclei.predict(sample("img2d.tif")[:64, :64], {**PARAMS, **params}, Recorder())
    assert caught.value.hint


def test_scaled_objects_are_in_input_pixels(nuclei: worker.Model) -> None:
    outputs = nuclei.predict(sample("img2d.tif"), {**PARAMS, "scale": 0.5}, Recorder())
    assert outputs["labels"].shape == (512, 512)
    assert outputs["points"].max() > 300
    inside = outputs["labels"][tuple(np.rint(outputs["points"]).astype(int).T)]
    assert np.mean(inside == np.arange(1, len(inside) + 1)) > 0.95


def test_3d_objects(load: Load) -> None:
    model = load(MODULE / "parity" / "models" / "3d-sample")
    context = Recorder("zyx", keep_raw=True)
    outputs = model.predict(sample("img3d.tif"), {**PARAMS, "tiles": [1, 2, 2]}, context)
    count = len(outputs["scores"])
    assert {name: (values.dtype.name, values.shape) for name, values in outputs.items()} == {
        "labels": ("int32", (31, 61, 57)),
        "scores": ("float32", (count,)),
        "points": ("float32", (count, 3)),
        "distances": ("float32", (count, 32)),
        "ray_vertices": ("float32", (32, 3)),
        "ray_faces": ("int32", (60, 3)),
    }
    assert np.unique(outputs["labels"]).tolist() == list(range(count + 1))
    found: Any = matching(sample("mask3d.tif"), outputs["labels"], thresh=0.5)
    assert found.accuracy > 0.8
    assert_same(outputs, model.refine(context.raw, PARAMS, Recorder("zyx")))
    with pytest.raises(BadInputError, match="this model takes zyx with 1 channel, the image has axes yx"):
        model.predict(sample("img2d.tif"), PARAMS, Recorder("yx"))


def test_classes_and_channels(load: Load) -> None:
    rng = np.random.default_rng(1)
    multi_class = load(MODULE / "parity" / "models" / "multi-class")
    image = rng.random((64, 80), dtype=np.float32)
    context = Recorder(keep_raw=True)
    outputs = multi_class.predict(image, {**PARAMS, "prob_threshold": 0.3}, context)
    assert outputs["class_ids"].dtype == np.int32
    assert outputs["class_ids"].shape == outputs["scores"].shape
    assert len(outputs["scores"]) > 3
    assert set(outputs["class_ids"].tolist()) <= {0, 1, 2, 3}
    assert_same(outputs, multi_class.refine(context.raw, {**PARAMS, "prob_threshold": 0.3}, Recorder()))
    rgb = load(MODULE / "parity" / "models" / "rgb")
    colour = rng.integers(0, 255, (50, 60, 3), dtype=np.uint8)
    joint = rgb.predict(colour, {**PARAMS, "prob_threshold": 0.3}, Recorder("yxc"))
    assert joint["labels"].shape == (50, 60)
    dimmed = (colour * [1.0, 0.5, 0.1]).astype(np.float32)
    independent = {**PARAMS, "normalize_channels": "independent"}
    first, second = Recorder("yxc", keep_raw=True), Recorder("yxc", keep_raw=True)
    rgb.predict(colour.astype(np.float32), independent, first)
    rgb.predict(dimmed, independent, second)
    np.testing.assert_allclose(first.raw["prob"], second.raw["prob"], atol=1e-4)
    rgb.predict(dimmed, PARAMS, second)
    assert np.abs(first.raw["prob"] - second.raw["prob"]).max() > 1e-3
    with pytest.raises(BadInputError, match="this model takes yxc with 3 channels, the image has 1 .axes yx."):
        rgb.predict(image, PARAMS, Recorder("yx"))


@pytest.mark.parametrize(
    ("device", "message"), [("cuda:0", "has .*CPUExecutionProvider.* only"), ("mps", "not on mps")]
)
def test_device_that_is_not_there(load: Load, device: str, message: str) -> None:
    import onnxruntime

    if device.startswith("cuda") and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("skipped: this environment has CUDA")
    with pytest.raises(DeviceUnavailableError, match=message) as caught:
        load(device=device)
    assert caught.value.hint


def test_a_run_imports_neither_tensorflow_nor_the_stardist_package() -> None:
    script = f"""
import sys
sys.path[:0] = [{str(RUNTIME)!r}, {str(MODULE / "python")!r}]
import tempfile
from pathlib import Path
import numpy as np
import worker
from parfocal_worker import Context, LoadOptions
with tempfile.TemporaryDirectory() as cache:
    model = worker.Model(LoadOptions({{"model": "nuclei"}}, "cpu", Path(cache), Path({str(MODULE)!r}), 1))
    image = np.random.default_rng(0).random((64, 64))
    print(model.predict(image, {PARAMS!r}, Context("yx"))["labels"].shape, file=sys.stderr)
heavy = ("tensorflow", "keras", "stardist", "numba", "matplotlib", "csbdeep", "scipy.ndimage")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr.splitlines() == ["(64, 64)", "[]"]
    assert done.stdout == ""


def test_less_memory_means_more_tiles_and_the_same_objects(nuclei: worker.Model) -> None:
    image = sample("img2d.tif")
    tried = [PARAMS]
    while (params := nuclei.less_memory(tried[-1], image.shape, "yx")) is not None:
        tried.append(params)
    assert [params["tiles"] for params in tried[1:3]] == [[2, 1], [2, 2]]
    assert tried[-1]["tiles"] == [8, 8]
    whole = nuclei.predict(image, PARAMS, Recorder())
    assert_same(whole, nuclei.predict(image, tried[-1], Recorder()))


def test_a_cancel_stops_the_network_inside_a_tile(nuclei: worker.Model) -> None:
    image = np.tile(sample("img2d.tif"), (2, 2))
    context = Recorder()
    begun = threading.Event()
    told = context.on_cancel

    def on_cancel(stop: Callable[[], None] | None) -> None:
        told(stop)
        if stop is not None:
            begun.set()

    context.on_cancel = on_cancel
    canceller = threading.Thread(target=lambda: (begun.wait(), context._cancel()))
    canceller.start()
    with pytest.raises(Exception, match="terminate flag"):
        nuclei.predict(image, {**PARAMS, "tiles": [1, 1]}, context)
    canceller.join()
    assert context.steps == [(0, 1, "")]
    assert len(nuclei.predict(sample("img2d.tif"), PARAMS, Recorder())["scores"]) == 116
