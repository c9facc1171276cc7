"""Labels against upstream's own call with the same arguments: equal on torch, all but equal on the other runtimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import h5py
import numpy as np
import pytest
import worker
from conftest import PARAMS, WEIGHTS, sample
from recorder import Recorder
from shared_data import shared_data
from torch import device

from parfocal_cellpose import upstream
from parfocal_cellpose.masks import Flows, find_labels

SAME_PIXELS = 0.999
"""Of labels on ONNX Runtime and ncnn; their sums are added in another order than torch's."""


@pytest.fixture(scope="session")
def reference() -> Any:  # noqa: ANN401 - upstream is not typed
    """Upstream's own model."""
    return upstream.models.CellposeModel(pretrained_model=str(WEIGHTS), nchan=2)


def f1(truth: np.ndarray, labels: np.ndarray, iou: float = 0.5) -> float:
    """F1 of objects matched at an IoU above one half, where a match is unique."""
    pairs, overlap = np.unique(np.stack([truth.ravel(), labels.ravel()]), axis=1, return_counts=True)
    areas = [dict(zip(*np.unique(each, return_counts=True), strict=True)) for each in (truth, labels)]
    hits = sum(
        1
        for (a, b), both in zip(pairs.T, overlap, strict=True)
        if a and b and both / (areas[0][a] + areas[1][b] - both) > iou
    )
    return 2 * hits / (len(areas[0]) + len(areas[1]) - 2)


@dataclass(frozen=True)
class Runtimes:
    """The same weights on each runtime."""

    torch: worker.Model
    onnx: worker.Model
    ncnn: worker.Model

    def check(self, image: np.ndarray, axes: str, expected: np.ndarray, **params: Any) -> None:
        """Compare each with upstream's labels."""
        assert expected.max() > 0
        on_torch, *others = (
            model.predict(image, {**PARAMS, **params}, Recorder(axes))["labels"]
            for model in (self.torch, self.onnx, self.ncnn)
        )
        assert on_torch.dtype == np.int32
        np.testing.assert_array_equal(on_torch, expected)
        for labels in others:
            assert (labels == expected).mean() >= SAME_PIXELS


@pytest.fixture(scope="session")
def runtimes(on_torch: worker.Model, onnx: worker.Model, model: worker.Model) -> Runtimes:
    """All of them."""
    return Runtimes(on_torch, onnx, model)


def test_sample_equals_upstream_and_the_truth(runtimes: Runtimes, reference: Any) -> None:
    image = sample("img2d.tif")
    expected, _, styles = reference.eval(image, channels=[0, 0], diameter=30.0)
    runtimes.check(image, "yx", expected, diameter=30.0)
    outputs = runtimes.ncnn.predict(image, {**PARAMS, "diameter": 20.0, "flows": True}, Recorder())
    assert int(outputs["labels"].max()) == 119
    assert f1(sample("mask2d.tif"), outputs["labels"]) >= 0.75
    assert {name: (values.dtype.name, values.shape) for name, values in outputs.items()} == {
        "labels": ("int32", (512, 512)),
        "styles": ("float32", (1, 256)),
        "flows": ("float32", (2, 512, 512)),
        "cellprob": ("float32", (512, 512)),
    }
    same = runtimes.ncnn.predict(image, {**PARAMS, "diameter": 30.0}, Recorder())
    np.testing.assert_allclose(same["styles"][0], styles, atol=1e-4)


def test_validation_images_equal_upstream(runtimes: Runtimes, reference: Any) -> None:
    paths = sorted((shared_data() / "dsb2018-fluo" / "val" / "images").glob("*.png"))
    images = [np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)) for path in paths]
    small = [image for image in images if image.shape == (256, 256)][:10]
    assert len(small) == 10
    for image in small:
        expected = reference.eval(image, channels=[0, 0], diameter=30.0)[0]
        if expected.max() == 0:
            assert runtimes.torch.predict(image, {**PARAMS, "diameter": 30.0}, Recorder())["labels"].max() == 0
        else:
            runtimes.check(image, "yx", expected, diameter=30.0)


def test_two_channels_equal_upstream(runtimes: Runtimes, reference: Any) -> None:
    nuclei = sample("img2d.tif")[:256, :256]
    cells = cv2.GaussianBlur(nuclei, (0, 0), 4)
    image = np.stack([nuclei, cells])
    expected = reference.eval(image, channels=[2, 1], channel_axis=0, diameter=25.0, cellprob_threshold=-1.0)[0]
    params = {"diameter": 25.0, "channel": 2, "nuclear_channel": 1, "cellprob_threshold": -1.0}
    runtimes.check(image, "cyx", expected, **params)
    grey = reference.eval(image, channels=[0, 0], channel_axis=0, diameter=25.0)[0]
    np.testing.assert_array_equal(
        runtimes.torch.predict(image, {**PARAMS, "diameter": 25.0}, Recorder("cyx"))["labels"], grey
    )


def test_other_arguments_equal_upstream(on_torch: worker.Model, reference: Any) -> None:
    image = sample("img2d.tif")[:120, :150]
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"resample": False, "min_size": 40}, {"resample": False, "min_size": 40}),
        ({"augment": True}, {"augment": True}),
        (
            {"interp": False, "niter": 150, "flow_threshold": 0.0},
            {"interp": False, "niter": 150, "flow_threshold": 0.0},
        ),
        ({"tile_overlap": 0.3, "bsize": 160}, {"tile_overlap": 0.3, "tile_size": 160}),
        (
            {"normalize": {"tile_norm_blocksize": 64, "invert": False, "norm3D": True}},
            {"tile_norm_size": 64},
        ),
        (
            {"normalize": {"percentile": [3.0, 98.0], "sharpen_radius": 4.0}},
            {"percentile_low": 3.0, "percentile_high": 98.0, "sharpen_radius": 4.0},
        ),
    ]
    for theirs, ours in cases:
        expected = reference.eval(image, channels=[0, 0], **{"diameter": 20.0, **theirs})[0]
        labels = on_torch.predict(image, {**PARAMS, "diameter": 20.0, **ours}, Recorder())["labels"]
        np.testing.assert_array_equal(labels, expected, err_msg=str(ours))


def test_the_models_own_diameter_is_upstreams(on_torch: worker.Model, reference: Any) -> None:
    image = sample("img2d.tif")[:224, :224]
    expected = reference.eval(image, channels=[0, 0])[0]
    context = Recorder()
    np.testing.assert_array_equal(on_torch.predict(image, PARAMS, context)["labels"], expected)
    assert context.facts["diameter"] == pytest.approx(float(reference.diam_labels), rel=1e-6)


def ovule() -> np.ndarray:
    """The confocal volume, 32 x 128 x 128."""
    with h5py.File(shared_data() / "ovules" / "sample_ovule.h5") as file:
        return np.asarray(file["raw"])


def test_volume_equals_upstream(runtimes: Runtimes, reference: Any) -> None:
    volume = ovule()
    expected = reference.eval(volume, channels=[0, 0], z_axis=0, do_3D=True, diameter=30.0, anisotropy=2.0)[0]
    params = {**PARAMS, "do3d": True, "diameter": 30.0, "anisotropy": 2.0}
    np.testing.assert_array_equal(runtimes.torch.predict(volume, params, Recorder("zyx"))["labels"], expected)
    # the same anisotropy, out of the image's pixel size
    context = Recorder("zyx", pixel_size={"z": 0.4, "y": 0.2, "x": 0.2})
    outputs = runtimes.ncnn.predict(volume, {**params, "anisotropy": None, "flows": True}, context)
    assert (outputs["labels"] == expected).mean() >= SAME_PIXELS
    assert outputs["flows"].shape == (3, 32, 128, 128)
    assert context.steps[-1][0] == context.steps[-1][1]


def test_stitched_planes_equal_upstream(runtimes: Runtimes, reference: Any) -> None:
    volume = ovule()[8:16]
    expected = reference.eval(volume, channels=[0, 0], z_axis=0, stitch_threshold=0.25, diameter=30.0)[0]
    runtimes.check(volume, "zyx", expected, stitch_threshold=0.25, diameter=30.0)


def test_more_than_65535_cells_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upstream's 16-bit labels wrap when planes are put together; the planes stand for what its dynamics return."""
    planes, cells = 220, 300
    plane = np.arange(1, cells + 1, dtype=np.uint16).reshape(1, cells)
    monkeypatch.setattr(upstream.dynamics, "resize_and_compute_masks", lambda *_, **__: plane.copy())
    shape = (planes, 1, cells)
    flows = Flows(
        np.zeros((2, *shape), np.float32), np.zeros(shape, np.float32), np.zeros((planes, 256)), shape, shape, 1.0
    )
    labels = find_labels(flows, PARAMS, device("cpu"), Recorder("zyx"))
    np.testing.assert_array_equal(labels.ravel(), np.arange(1, planes * cells + 1))
    assert planes * cells > 65_535

    widths: list[np.dtype[Any]] = []
    monkeypatch.setattr(
        upstream.utils, "stitch3D", lambda masks, **_: widths.append(masks.dtype) or masks + np.int32(70_000)
    )
    monkeypatch.setattr(upstream.utils, "fill_holes_and_remove_small_masks", lambda masks, **_: masks)
    stitched = find_labels(flows, {**PARAMS, "stitch_threshold": 0.5}, device("cpu"), Recorder("zyx"))
    assert widths == [np.dtype(np.int32)]
    assert stitched.max() == 70_000 + cells
