"""Weight files are looked at before upstream opens them: none is ever replaced by another one in silence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import worker
from conftest import PARAMS, WEIGHTS, Load, sample
from parfocal_worker import WeightsError
from recorder import Recorder

from parfocal_cellpose import upstream
from parfocal_cellpose.weights import read_size_model


class Touch:
    """Leaves a mark when a pickle of it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:  # noqa: ANN401 - as pickle's
        return os.mkdir, (str(self.mark),)


def refused(load: Load, model: str | Path, **options: Any) -> tuple[str, str | None]:
    with pytest.raises(WeightsError) as caught:
        load(model, **options)
    return str(caught.value), caught.value.hint


def test_a_name_that_is_no_model_is_refused(load: Load) -> None:
    message, hint = refused(load, "cyto9")
    assert message == "there is no weight file cyto9"
    assert hint == "give the path of a Cellpose 3 weight file, or the name of a built-in model"


def test_a_file_that_is_cut_off_is_refused(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "cut off"
    path.write_bytes(WEIGHTS.read_bytes()[:1_000_000])
    assert refused(load, path)[0].startswith(f"{path} cannot be read as torch weights: ")


def test_a_file_that_would_run_code_is_refused_and_does_not(load: Load, tmp_path: Path) -> None:
    path, mark = tmp_path / "evil", tmp_path / "mark"
    torch.save({"output.2.weight": Touch(mark)}, path)
    assert refused(load, path)[0].startswith(f"{path} cannot be read as torch weights: ")
    assert not mark.exists()


def test_networks_of_other_kinds_are_refused(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "net"
    torch.save({"W2": torch.zeros(1)}, path)
    assert refused(load, path)[0] == f"{path} is a network of Cellpose 4, this module runs Cellpose 3"
    torch.save({"weight": torch.zeros(1)}, path)
    assert refused(load, path)[0] == f"{path} holds no network of Cellpose 3 (CPnet)"
    torch.save([1], path)
    assert refused(load, path)[0] == f"{path} holds list, not a network"
    upstream.CPnet([1, 32, 64, 128, 256], 1, sz=3).save_model(str(path))
    assert refused(load, path)[0] == f"{path} is a network for image restoration, wanted is one for segmentation"
    assert refused(load, WEIGHTS, restore=WEIGHTS)[0].endswith("for segmentation, wanted is one for image restoration")


def test_a_network_of_one_channel_runs(load: Load, tmp_path: Path) -> None:
    torch.manual_seed(1)
    path = tmp_path / "grey"
    upstream.CPnet([1, 32, 64, 128, 256], 3, sz=3).save_model(str(path))
    context = Recorder()
    outputs = load(path).predict(sample("img2d.tif")[:64, :64], PARAMS, context)
    assert outputs["labels"].shape == (64, 64)
    assert context.facts["weights"] == "grey"


def test_float16_weights_are_read(load: Load, tmp_path: Path, on_torch: worker.Model) -> None:
    path = tmp_path / "half"
    state = torch.load(WEIGHTS, map_location="cpu", weights_only=True)
    torch.save({name: value.half() for name, value in state.items()}, path)
    image = sample("img2d.tif")[:224, :224]
    half = load(path, runtime="torch").predict(image, PARAMS, Recorder())["labels"]
    assert abs(int(half.max()) - int(on_torch.predict(image, PARAMS, Recorder())["labels"].max())) <= 1


def test_a_built_in_model_has_the_diameter_that_upstream_states(load: Load) -> None:
    context = Recorder()
    load("nuclei", weights={"nucleitorch_0": WEIGHTS}).predict(
        sample("img2d.tif")[:64, :64], {**PARAMS, "diameter": 17.0}, context
    )
    assert context.facts["diameter"] == pytest.approx(17.0)


def size_model(path: Path) -> dict[str, Any]:
    """A size model that answers about 22 pixels whatever it sees."""
    params = {"A": np.zeros(256), "smean": np.zeros(256), "ymean": np.array(np.log(22 / 30)), "diam_mean": 30.0}
    np.save(path, np.array(params, dtype=object), allow_pickle=True)
    return params


def test_the_diameter_is_estimated_as_upstream_does(load: Load, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copyfile(WEIGHTS, own)
    path = tmp_path / "own_size.npy"
    params = size_model(path)
    image = sample("img2d.tif")[:224, :224]
    model = upstream.models.CellposeModel(pretrained_model=str(own), nchan=2)
    size = upstream.models.SizeModel(model, pretrained_size=str(path))
    expected, _ = size.eval(image, channels=[0, 0])
    context = Recorder()
    labels = load(own, runtime="torch").predict(image, PARAMS, context)["labels"]
    assert context.facts["diameter"] == pytest.approx(float(expected), rel=1e-6)
    np.testing.assert_array_equal(labels, model.eval(image, channels=[0, 0], diameter=expected)[0])
    assert read_size_model(path)["diam_mean"] == params["diam_mean"]


def test_a_size_model_that_would_run_code_is_refused_and_does_not(tmp_path: Path) -> None:
    path, mark = tmp_path / "size.npy", tmp_path / "mark"
    np.save(path, np.array({"A": Touch(mark)}, dtype=object), allow_pickle=True)
    with pytest.raises(WeightsError, match=r"is no size model: it wants to run (posix|nt)\.mkdir"):
        read_size_model(path)
    assert not mark.exists()
