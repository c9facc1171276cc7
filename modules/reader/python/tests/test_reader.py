"""The readers against what the libraries themselves say of files that the vendors' own libraries wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nd2
import numpy as np
import pytest
from lif import write_lif
from parfocal_worker import BadInputError, Context, LoadOptions, Selection
from pylibCZIrw import czi
from worker import Model

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "data" / "microscope-formats"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared")


def opened(path: Path) -> Any:
    options = LoadOptions(params={}, device="cpu", cache_dir=path.parent, package_dir=path.parent)
    return Model(options).open(path, {}, Context("yx"))


def plane(file: Any, position: int = 0, t: int = 0, c: int = 0, z: int = 0) -> np.ndarray:
    height, width = file.header["positions"][position]["shape"][-2:]
    return file.read(Selection(position, t, c, z, slice(0, height), slice(0, width)), Context("yx"))


@needs_samples
def test_nd2_planes_are_those_of_the_array_beside_it() -> None:
    truth = np.load(SAMPLES / "time-positions-channels.npy")
    file = opened(SAMPLES / "time-positions-channels.nd2")
    assert [(p["axes"], p["shape"], p["channels"]) for p in file.header["positions"]] == [
        ("tcyx", [2, 2, 256, 256], ["DAPI", "FITC"])
    ] * 2
    assert file.header["positions"][0]["pixel_size"] == pytest.approx({"x": 0.65, "y": 0.65})
    for t, p, c in np.ndindex(2, 2, 2):
        assert np.array_equal(plane(file, p, t, c), truth[t, p, c])
    part = file.read(Selection(1, 1, 0, 0, slice(3, 9), slice(250, 256)), Context("yx"))
    assert np.array_equal(part, truth[1, 1, 0, 3:9, 250:256])
    file.close()


@needs_samples
@pytest.mark.parametrize(
    ("name", "axes"), [("nuclei", "yx"), ("ovule-z", "zyx"), ("histology-rgb", "cyx"), ("float", "yx")]
)
def test_nd2_is_what_nd2_says(name: str, axes: str) -> None:
    truth = nd2.imread(SAMPLES / f"{name}.nd2")
    file = opened(SAMPLES / f"{name}.nd2")
    (where,) = file.header["positions"]
    assert (where["axes"], where["dtype"]) == (axes, str(truth.dtype))
    stack = truth[None] if axes == "yx" else np.moveaxis(truth, -1, 0) if axes == "cyx" else truth
    assert where["shape"] == list(stack.shape[-len(axes) :])
    for index, expected in enumerate(stack):
        got = plane(file, **({} if axes == "yx" else {axes[0]: index}))
        assert got.dtype == truth.dtype
        assert np.array_equal(got, expected)
    if name == "ovule-z":
        assert where["pixel_size"] == pytest.approx({"x": 0.127, "y": 0.127, "z": 0.28})
        assert where["channels"] == ["mCitrine"]
    file.close()


@needs_samples
@pytest.mark.parametrize("name", ["nuclei", "ovule-z"])
def test_czi_and_nd2_of_the_same_image_are_equal(name: str) -> None:
    one, other = opened(SAMPLES / f"{name}.czi"), opened(SAMPLES / f"{name}.nd2")
    ((first,), (second,)) = one.header["positions"], other.header["positions"]
    for key in ("axes", "shape", "dtype", "channels"):
        assert first[key] == second[key]
    assert first["pixel_size"] == pytest.approx(second["pixel_size"])
    for z in range(first["shape"][0] if "z" in first["axes"] else 1):
        assert np.array_equal(plane(one, z=z), plane(other, z=z))
    one.close()
    other.close()


@needs_samples
def test_czi_planes_and_windows() -> None:
    path = SAMPLES / "time-channels.czi"
    file = opened(path)
    (where,) = file.header["positions"]
    assert (where["axes"], where["shape"], where["channels"]) == ("tcyx", [2, 2, 256, 256], ["DAPI", "FITC"])
    assert where["pixel_size"] == {"x": 0.65, "y": 0.65}
    seen = set()
    with czi.open_czi(str(path)) as document:
        for t, c in np.ndindex(2, 2):
            expected = document.read(plane={"T": t, "C": c, "Z": 0})[..., 0]
            seen.add(expected.tobytes())
            assert np.array_equal(plane(file, t=t, c=c), expected)
            part = file.read(Selection(0, t, c, 0, slice(7, 20), slice(100, 256)), Context("yx"))
            assert np.array_equal(part, expected[7:20, 100:256])
    assert len(seen) == 4
    file.close()


def test_czi_in_colour(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    with czi.create_czi(str(tmp_path / "colour.czi")) as document:
        document.write(rgb[..., ::-1].copy(), plane={"C": 0, "T": 0, "Z": 0})
    file = opened(tmp_path / "colour.czi")
    (where,) = file.header["positions"]
    assert (where["axes"], where["shape"], where["channels"]) == ("cyx", [3, 20, 30], ["red", "green", "blue"])
    for c in range(3):
        assert np.array_equal(plane(file, c=c), rgb[..., c])
    file.close()


def test_czi_scenes_are_positions(tmp_path: Path) -> None:
    first, second = np.random.default_rng(1).integers(0, 60000, (2, 16, 24), dtype=np.uint16)
    with czi.create_czi(str(tmp_path / "scenes.czi")) as document:
        document.write(first, plane={"C": 0, "T": 0, "Z": 0}, scene=0, location=(-50, 10))
        document.write(second, plane={"C": 0, "T": 0, "Z": 0}, scene=1, location=(400, 300))
    file = opened(tmp_path / "scenes.czi")
    assert [p["shape"] for p in file.header["positions"]] == [[16, 24]] * 2
    assert np.array_equal(plane(file, 0), first)
    assert np.array_equal(plane(file, 1), second)
    file.close()


def test_lif_that_was_made_by_hand(tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 60000, (2, 3, 10, 12), dtype=np.uint16)
    write_lif(tmp_path / "made.lif", pixels)
    file = opened(tmp_path / "made.lif")
    (where,) = file.header["positions"]
    assert (where["name"], where["axes"], where["shape"]) == ("Series001", "czyx", [2, 3, 10, 12])
    assert where["channels"] == ["Green", "Red"]
    assert where["pixel_size"] == pytest.approx({"x": 0.5, "y": 0.5, "z": 2.0})
    for c, z in np.ndindex(2, 3):
        assert np.array_equal(plane(file, c=c, z=z), pixels[c, z])
    part = file.read(Selection(0, 0, 1, 2, slice(1, 4), slice(2, 9)), Context("yx"))
    assert np.array_equal(part, pixels[1, 2, 1:4, 2:9])
    file.close()


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"\.oib is not read"):
        opened(tmp_path / "a.oib")
