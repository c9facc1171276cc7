"""Reading model folders: what is refused and how, thresholds, and the cached graph."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from conftest import MODULE, PARAMS, Load, sample
from parfocal_worker import WeightsError
from recorder import Recorder

from parfocal_stardist.config import parse_config
from parfocal_stardist.folder import open_folder

MODELS = MODULE / "parity" / "models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a small model that may be damaged."""
    return Path(shutil.copytree(MODELS / "batch-norm", tmp_path / "copy"))


def edit(folder: Path, **fields: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("batch-norm", {"backbone": "resnet"}, "backbone = 'resnet': only the U-Net backbone is supported"),
        ("batch-norm", {"axes": "CYX"}, "axes = 'CYX': supported are"),
        ("batch-norm", {"n_dim": 3}, "n_dim: does not fit axes YXC"),
        ("batch-norm", {"grid": [3, 3]}, r"grid = \[3, 3\]: must be powers of two"),
        ("batch-norm", {"grid": [2, 2, 2]}, "grid = .*: must be a list of 2 whole numbers"),
        ("batch-norm", {"unet_activation": "swish"}, "unet_activation = 'swish': supported are linear, relu"),
        ("batch-norm", {"unet_batch_norm": "yes"}, "unet_batch_norm = 'yes': must be true or false"),
        ("batch-norm", {"n_rays": 2}, "n_rays = 2: must be a whole number of at least 3"),
        ("batch-norm", {"n_channel_out": 7}, r"n_channel_out: must be n_rays \+ 1 = 9"),
        ("batch-norm", {"net_input_shape": [None, None, 4]}, "net_input_shape = .*: must have 3 entries"),
        ("batch-norm", {"unet_expansion": 0}, "unet_expansion = 0: must be a number above 0"),
        ("batch-norm", {"unet_attention": True}, "unet_attention = True: this field is not known"),
        ("3d-grid-1-2-2", {"rays_json": None}, "rays_json: a 3D model needs an object with name and kwargs"),
        ("3d-grid-1-2-2", {"rays_json": {"name": "print", "kwargs": {}}}, "the ray factory 'print' is not known"),
        ("3d-grid-1-2-2", {"rays_json": {"name": "Rays_Octo", "kwargs": {"n_level": 1}}}, "makes 6 rays, n_rays is 16"),
        ("3d-grid-1-2-2", {"rays_json": {"name": "Rays_Octo", "kwargs": {"n": 1}}}, "Rays_Octo refuses its arguments"),
    ],
)
def test_config_field_is_refused_by_name(
    name: str, fields: dict[str, Any], message: str, tmp_path: Path, load: Load
) -> None:
    copy = shutil.copytree(MODELS / name, tmp_path / "copy")
    edit(copy, **fields)
    with pytest.raises(WeightsError, match=message) as caught:
        load(copy)
    assert str(copy / "config.json") in str(caught.value)
    assert caught.value.hint
    assert not caught.value.missing


def test_old_config_means_the_same_without_newer_fields() -> None:
    values = json.loads((MODULE / "weights" / "nuclei" / "config.json").read_text())
    kept = ("axes", "n_channel_in", "n_rays", "grid", "unet_n_depth", "unet_n_filter_base", "net_conv_after_unet")
    assert parse_config({name: values[name] for name in kept}, "config.json") == parse_config(values, "config.json")


def test_missing_model_says_where_it_was_looked_for(load: Load, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="'nuclie' not found") as caught:
        load("nuclie")
    assert caught.value.missing
    assert str(MODULE / "weights" / "nuclie") in str(caught.value)
    assert "nuclei" in str(caught.value.hint)
    with pytest.raises(WeightsError) as caught:
        load(tmp_path / "nowhere")
    assert caught.value.missing
    assert str(tmp_path / "nowhere") in str(caught.value)


@pytest.mark.parametrize("file", ["config.json", "weights_best.h5"])
def test_missing_file(load: Load, folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(WeightsError, match=f"{file} not found") as caught:
        load(folder)
    assert caught.value.missing
    assert file in str(caught.value.hint)


def remove_layer(file: Any) -> None:
    del file["up_level_0_no_2"]


def remove_grid_layer(file: Any) -> None:
    del file[next(name for name in file if name.startswith("conv2d"))]


def reshape_layer(file: Any) -> None:
    del file["middle_0/middle_0/kernel"]
    file["middle_0/middle_0/kernel"] = np.zeros((3, 3, 16, 31), np.float32)


def add_layer(file: Any) -> None:
    file.copy("features", "features_class")


def spoil_layer(file: Any) -> None:
    file["dist/dist/bias"][2] = np.nan


def remove_weight(file: Any) -> None:
    group = file["prob"]
    group.attrs["weight_names"] = [name for name in group.attrs["weight_names"] if "bias" not in str(name)]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_layer, "layer up_level_0_no_2 is missing"),
        (remove_grid_layer, "1 layers named conv2d, conv2d_1, ... found, config.json asks for 2"),
        (reshape_layer, r"layer middle_0 has kernel of shape \(3, 3, 16, 31\), config.json asks for \(3, 3, 16, 32\)"),
        (add_layer, "layer features_class has no place in the network"),
        (spoil_layer, "layer dist holds values that are not finite in dist/bias"),
        (remove_weight, "layer prob has no bias"),
    ],
)
def test_damaged_layer_is_named(load: Load, folder: Path, damage: Callable[[Any], None], message: str) -> None:
    with h5py.File(folder / "weights_best.h5", "r+") as file:
        damage(file)
    with pytest.raises(WeightsError, match=message) as caught:
        load(folder)
    assert str(folder / "weights_best.h5") in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_weights_file_cut_short(load: Load, folder: Path, size: int) -> None:
    path = folder / "weights_best.h5"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(WeightsError, match="cannot be read as Keras weights") as caught:
        load(folder)
    assert not caught.value.missing


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, (0.5, 0.4)),
        ('{"prob": 0.3, "nms": 0.2}', (0.3, 0.2)),
        ('{"prob": 1.5, "nms": null}', (0.5, 0.4)),
        ("{}", (0.5, 0.4)),
    ],
)
def test_thresholds(folder: Path, content: str | None, expected: tuple[float, float]) -> None:
    path = folder / "thresholds.json"
    if content is not None:
        path.write_text(content)
    opened = open_folder(str(folder), MODULE / "weights")
    assert (opened.prob_threshold, opened.nms_threshold) == expected


@pytest.mark.parametrize("file", ["config.json", "thresholds.json"])
@pytest.mark.parametrize(("content", "message"), [("{", "is no JSON"), ("[]", "holds no JSON object")])
def test_json_that_cannot_be_read(load: Load, folder: Path, file: str, content: str, message: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(WeightsError, match=f"{file} {message}"):
        load(folder)


def test_graph_is_written_once_and_again_when_damaged(load: Load, tmp_path: Path) -> None:
    image = sample("img2d.tif")[:128, :128]
    first = load("nuclei", cache_dir=tmp_path).predict(image, PARAMS, Recorder())["labels"]
    (graph,) = tmp_path.iterdir()
    written = graph.stat().st_mtime_ns
    load("nuclei", cache_dir=tmp_path)
    assert graph.stat().st_mtime_ns == written
    graph.write_bytes(graph.read_bytes()[:1000])
    again = load("nuclei", cache_dir=tmp_path).predict(image, PARAMS, Recorder())["labels"]
    np.testing.assert_array_equal(first, again)
    assert [path.name for path in tmp_path.iterdir()] == [graph.name]


def test_changed_config_makes_another_graph(load: Load, folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    load(folder, cache_dir=cache)
    edit(folder, unet_activation="tanh")
    load(folder, cache_dir=cache)
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("start", [1, 7])
def test_layers_may_be_numbered_from_any_number(load: Load, folder: Path, start: int, tmp_path: Path) -> None:
    with h5py.File(folder / "weights_best.h5", "r+") as file:
        layers = [str(name) for name in file]
        for kind in ("conv2d", "batch_normalization"):
            names = sorted((name for name in layers if name.startswith(kind)), key=lambda name: (len(name), name))
            for number, name in reversed(list(enumerate(names, start))):
                file.move(name, f"{kind}_{number}")
    image = np.random.default_rng(3).random((64, 64))
    first, second = Recorder(keep_raw=True), Recorder(keep_raw=True)
    load(MODELS / "batch-norm").predict(image, PARAMS, first)
    load(folder, cache_dir=tmp_path).predict(image, PARAMS, second)
    np.testing.assert_array_equal(first.raw["dist"], second.raw["dist"])
