"""The worker's own promises: refine, cancelling, no state between calls, devices, restoration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import worker
from conftest import PARAMS, WEIGHTS, Load, sample
from parfocal_worker import BadInputError, Cancelled, DeviceUnavailableError
from recorder import Recorder

from parfocal_cellpose import upstream

SMALL: dict[str, Any] = {**PARAMS, "diameter": 20.0}


def crop() -> np.ndarray:
    return sample("img2d.tif")[:224, :224]


def test_refine_equals_a_full_run(model: worker.Model) -> None:
    context = Recorder(keep_raw=True)
    model.predict(crop(), SMALL, context)
    stricter = {"cellprob_threshold": 3.0, "min_size": 80}
    for change in ({}, {"flow_threshold": 0.1}, stricter, {"niter": 20, "flows": True}):
        full = model.predict(crop(), {**SMALL, **change}, Recorder())
        refined = model.refine(context.raw, {**SMALL, **change}, Recorder())
        assert list(full) == list(refined)
        for name, values in full.items():
            np.testing.assert_array_equal(values, refined[name])


def test_several_images_together_are_what_each_is_by_itself(model: worker.Model) -> None:
    left, right = sample("img2d.tif")[:200, :200], sample("img2d.tif")[200:400, 200:400]
    images = [left, sample("img2d.tif")[:100, :150], np.zeros_like(left), right]
    params = {**SMALL, "flows": True}
    contexts = [Recorder() for _ in images]
    together = model.predict_many(images, params, contexts)
    for image, context, result in zip(images, contexts, together, strict=True):
        alone = Recorder()
        expected = model.predict(image, params, alone)
        assert list(result) == list(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(result[name], values)
        assert context.facts == alone.facts
    assert [int(result["labels"].max()) > 2 for result in together] == [True, True, False, True]


def test_batches_of_the_network_span_images(on_torch: worker.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    forward = upstream.core._forward

    def count(net: Any, tiles: np.ndarray) -> Any:
        sizes.append(len(tiles))
        return forward(net, tiles)

    monkeypatch.setattr(upstream.core, "_forward", count)
    image = sample("img2d.tif")[:140, :140]
    params = {**PARAMS, "diameter": 30.0, "batch_size": 4}
    together = on_torch.predict_many([image] * 6, params, [Recorder() for _ in range(6)])
    assert sizes == [4, 2]
    alone = on_torch.predict(image, params, Recorder())["labels"]
    for result in together:
        assert result["labels"].max() == alone.max()
        assert (result["labels"] != alone).mean() < 1e-3


def test_progress_counts_tiles_to_the_end(model: worker.Model) -> None:
    context = Recorder()
    model.predict(sample("img2d.tif"), {**PARAMS, "diameter": 30.0}, context)
    assert [done for done, _, _ in context.steps] == list(range(10))
    assert {(total, message) for _, total, message in context.steps} == {(9, "tiles")}


def test_a_cancelled_call_stops_between_tiles_and_the_next_one_works(model: worker.Model) -> None:
    context = Recorder(cancel_after=2)
    with pytest.raises(Cancelled):
        model.predict(sample("img2d.tif"), SMALL, context)
    assert context.steps[-1][0] == 2
    assert model.predict(crop(), SMALL, Recorder())["labels"].max() > 10


def test_nothing_stays_between_calls(model: worker.Model) -> None:
    defaults = dict(upstream.models.normalize_default)
    first = model.predict(crop(), SMALL, Recorder())["labels"]
    volume = np.stack([crop()[:64, :64]] * 3)
    model.predict(crop(), {**SMALL, "invert": True, "percentile_high": 90.0}, Recorder())
    model.predict(volume, {**SMALL, "stitch_threshold": 0.3, "norm3d": False}, Recorder("zyx"))
    assert upstream.models.normalize_default == defaults
    np.testing.assert_array_equal(model.predict(crop(), SMALL, Recorder())["labels"], first)


def test_the_input_is_left_alone(model: worker.Model) -> None:
    image = crop().astype(np.float32)
    image.flags.writeable = False
    copy = image.copy()
    model.predict(image, {**SMALL, "normalize": False}, Recorder())
    np.testing.assert_array_equal(image, copy)


def test_a_diameter_in_micrometres_needs_a_pixel_size(model: worker.Model) -> None:
    params = {**PARAMS, "diameter": 6.5, "diameter_unit": "um"}
    context = Recorder(pixel_size={"y": 0.325, "x": 0.325})
    labels = model.predict(crop(), params, context)["labels"]
    np.testing.assert_array_equal(labels, model.predict(crop(), SMALL, Recorder())["labels"])
    assert context.facts["diameter"] == pytest.approx(20.0)
    with pytest.raises(BadInputError, match="does not say how large its pixels are"):
        model.predict(crop(), params, Recorder())


def test_images_that_cannot_be_used_are_refused(model: worker.Model) -> None:
    with pytest.raises(BadInputError, match="channel is 3, the image has 2"):
        model.predict(np.zeros((2, 32, 32), np.uint8), {**SMALL, "channel": 3}, Recorder("cyx"))
    image = crop().astype(np.float32)
    image[3, 3] = np.nan
    with pytest.raises(BadInputError, match="NaN or Inf"):
        model.predict(image, SMALL, Recorder())
    with pytest.raises(BadInputError, match="inverted only while it is normalised"):
        model.predict(crop(), {**SMALL, "invert": True, "normalize": False}, Recorder())


def test_an_image_of_one_value_has_no_cells(model: worker.Model) -> None:
    for axes, shape, more in (("yx", (48, 40), {}), ("zyx", (5, 61, 97), {"do3d": True}), ("cyx", (2, 48, 40), {})):
        context = Recorder(axes)
        image = np.full(shape, 9, np.uint8)
        assert model.predict(image, {**SMALL, "diameter": 60.0, **more}, context)["labels"].max() == 0
        assert context.steps == []  # the network was not asked


def test_planes_are_numbered_on(model: worker.Model) -> None:
    volume = np.stack([crop()[:96, :96]] * 2)
    context = Recorder("zyx")
    labels = model.predict(volume, SMALL, context)["labels"]
    count = int(labels[0].max())
    assert count > 1
    np.testing.assert_array_equal(labels[1], np.where(labels[0] > 0, labels[0] + count, 0))
    assert context.warnings == [
        "every plane was segmented by itself: use do3d or stitchThreshold to join objects along z"
    ]


def test_a_damaged_graph_is_made_again(load: Load, tmp_path: Path) -> None:
    load(runtime="onnx", cache_dir=tmp_path)
    (graph,) = tmp_path.iterdir()
    graph.write_bytes(b"damaged")
    assert load(runtime="onnx", cache_dir=tmp_path).predict(crop(), SMALL, Recorder())["labels"].max() > 10


@pytest.mark.skipif(torch.cuda.is_available(), reason="skipped: there is a GPU")
def test_a_device_that_is_not_there_is_refused(load: Load) -> None:
    with pytest.raises(DeviceUnavailableError, match="Cellpose cannot run on cuda: torch .* sees no CUDA device"):
        load(device="cuda")
    with pytest.raises(DeviceUnavailableError, match="Cellpose cannot run on directml: onnxruntime here has"):
        load(device="directml")
    with pytest.raises(DeviceUnavailableError, match="Cellpose cannot run on cuda: torch .* sees no CUDA device"):
        load(device="cuda", runtime="ncnn")
    context = Recorder()
    model = load(device="auto", runtime="auto")
    model.predict(crop(), SMALL, context)
    assert (model.device, context.facts["runtime"]) == ("cpu", "ncnn")


@pytest.fixture(scope="session")
def restorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A restoration network with weights from a fixed seed: real ones cannot be had here."""
    torch.manual_seed(0)
    net = upstream.CPnet([1, 32, 64, 128, 256], 1, sz=3)
    path = tmp_path_factory.mktemp("restore") / "upsample_nuclei"
    net.save_model(str(path))
    return path


def test_restoration_equals_upstream(load: Load, restorer: Path) -> None:
    both: Any = upstream.denoise.CellposeDenoiseModel.__new__(upstream.denoise.CellposeDenoiseModel)
    both.dn = upstream.denoise.DenoiseModel(pretrained_model=str(restorer))
    both.dn.diam_mean = 17.0  # what upstream sets for built-in nuclei models
    both.cp = upstream.models.CellposeModel(pretrained_model=str(WEIGHTS), nchan=2)
    image = crop()[:120, :100]
    params = {**PARAMS, "diameter": 14.0}
    masks, _, _, restored = both.eval(image, channels=[0, 0], diameter=14.0)
    outputs = load(runtime="torch", restore=restorer).predict(image, params, Recorder())
    np.testing.assert_array_equal(outputs["restored"][..., 0], np.asarray(restored)[..., 0])
    assert outputs["restored"].shape[:2] == (145, 121)
    assert outputs["labels"].shape == (120, 100)
    enlarged = np.asarray(masks)
    assert enlarged.shape == (145, 121)
    np.testing.assert_array_equal(np.unique(outputs["labels"]), np.unique(enlarged))
    for runtime in ("onnx", "ncnn"):
        same = load(runtime=runtime, restore=restorer).predict(image, params, Recorder())
        np.testing.assert_allclose(same["restored"], outputs["restored"], atol=1e-4)


def test_less_memory_means_fewer_tiles_at_once(model: worker.Model) -> None:
    tried = [{**PARAMS, "batch_size": 8}]
    while (params := model.less_memory(tried[-1], (512, 512), "yx")) is not None:
        tried.append(params)
    assert [params["batch_size"] for params in tried] == [8, 2, 1]
