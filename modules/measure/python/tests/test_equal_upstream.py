"""Every column equals scikit-image's `regionprops_table`."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
import worker
from conftest import MODULE
from parfocal_worker import LoadOptions, Window
from recorder import Recorder
from scipy import ndimage
from shared_data import shared_data
from skimage.io import imread
from skimage.measure import regionprops_table

from parfocal_measure.table import AREAS, FLAT_ONLY, ISOTROPIC, LENGTHS, NEEDS_IMAGE

NAMES: list[str] = json.loads((MODULE / "module.json").read_text())["params"]["properties"]["properties"]["items"][
    "enum"
]
KNOWN = [name for name in NAMES if name != "touches_edge"]
MODEL = worker.Model(LoadOptions({}, "cpu", MODULE, MODULE, 2))


def measured(
    labels: np.ndarray,
    image: np.ndarray | None,
    names: list[str],
    axes: str,
    pixel_size: dict[str, float] | None = None,
    window: Window | None = None,
) -> dict[str, np.ndarray]:
    """Columns by name."""
    context = Recorder(axes, pixel_size=pixel_size)
    context.window = window
    columns = MODEL.measure(labels, image, {"properties": names, "micrometres": True}, context)
    return {column.name: np.asarray(column.values) for column in columns}


def expected(labels: np.ndarray, image: np.ndarray | None, names: list[str], **options: Any) -> dict[str, np.ndarray]:
    """What scikit-image says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about hulls of single pixels and moments of black objects
        return regionprops_table(labels, image, properties=names, **options)


def assert_equal(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray], suffix: str = "") -> None:
    """To 1e-9 of the value, or of one where it is smaller."""
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name + suffix], values, rtol=1e-9, atol=1e-9, err_msg=name + suffix)


def clouds(seed: int, shape: tuple[int, ...], smooth: float) -> tuple[np.ndarray, np.ndarray]:
    """Objects of all shapes: with holes, in corners and edges, of few pixels; and grey values from 0 to 1."""
    grey = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), smooth)
    grey = (grey - grey.min()) / np.ptp(grey)
    labels = np.zeros(shape, np.int32)
    ndimage.label(grey > np.percentile(grey, 70), output=labels)
    return labels, grey


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("axes", ["yx", "cyx", "yxc"])
def test_all_properties_in_planes(dtype: type, axes: str) -> None:
    for seed, smooth in ((1, 1), (2, 3)):
        labels, grey = clouds(seed, (90, 110), smooth)
        top = 60_000 if dtype is np.uint16 else 120
        image = (grey * top).astype(dtype) if dtype is not np.bool_ else grey > 0.7  # noqa: PLR2004
        if axes != "yx":
            image = np.stack([image, image[::-1]], axis=axes.index("c"))
        last = image if axes == "yx" else np.moveaxis(image, axes.index("c"), -1)
        fast = [name for name in KNOWN if not name.startswith(("moments", "inertia"))]
        names = KNOWN if dtype in (np.uint8, np.float64) and axes == "yx" else fast
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = measured(labels, image, names, axes)
        assert_equal(found, expected(labels, last, names))


@pytest.mark.parametrize("axes", ["zyx", "zcyx", "czyx"])
def test_volumes(axes: str) -> None:
    labels, grey = clouds(3, (14, 40, 50), 1.5)
    sizes = np.bincount(labels.ravel())
    labels[sizes[labels] < 30] = 0  # noqa: PLR2004  flat ones have no hull upstream
    image = (grey * 5000).astype(np.uint16)
    if axes != "zyx":
        image = np.stack([image, image[::-1]], axis=axes.index("c"))
    last = image if axes == "zyx" else np.moveaxis(image, axes.index("c"), -1)
    names = [name for name in KNOWN if not name.startswith("moments")]
    spacing = {"z": 2.0, "y": 0.5, "x": 0.5}
    found = measured(labels, image, names, axes, spacing)
    flat = [name for name in names if name not in FLAT_ONLY]
    assert_equal(found, expected(labels, last, flat))
    assert_equal(found, expected(labels, None, sorted(LENGTHS - FLAT_ONLY), spacing=(2.0, 0.5, 0.5)), "_um")
    assert_equal(found, expected(labels, None, sorted(AREAS), spacing=(2.0, 0.5, 0.5)), "_um3")
    assert not FLAT_ONLY & found.keys()


@pytest.mark.parametrize(("y", "x"), [(0.325, 0.325), (0.5, 0.2)])
def test_micrometres_are_those_of_upstream_with_spacing(y: float, x: float) -> None:
    labels, _ = clouds(4, (120, 130), 2)
    found = measured(labels, None, KNOWN, "yx", {"y": y, "x": x})
    lengths = sorted(LENGTHS if y == x else LENGTHS - ISOTROPIC)
    assert_equal(found, expected(labels, None, lengths, spacing=(y, x)), "_um")
    assert_equal(found, expected(labels, None, sorted(AREAS), spacing=(y, x)), "_um2")
    assert ("perimeter_um" in found) == (y == x)


def test_real_nuclei() -> None:
    folder = shared_data() / "dsb2018-fluo" / "val"
    paths = sorted((folder / "images").glob("*.png"))[:20]
    names = [name for name in KNOWN if not name.startswith(("moments", "feret"))]
    for path in paths:
        image = imread(path)
        labels = imread(folder / "labels" / path.name).astype(np.int32)
        assert_equal(measured(labels, image, names, "yx"), expected(labels, image, names))


def test_shapes_that_rounding_decides() -> None:
    y, x = np.mgrid[:9, :9]
    drawn = [
        np.ones((1, 1), bool),
        np.ones((1, 7), bool),
        np.ones((7, 1), bool),
        np.ones((2, 2), bool),
        np.ones((5, 5), bool),
        np.ones((3, 8), bool),
        np.eye(6, dtype=bool),
        np.eye(6, dtype=bool)[::-1],
        (y - 4) ** 2 + (x - 4) ** 2 <= 16,  # noqa: PLR2004
        (abs(y - 4) <= 1) | (abs(x - 4) <= 1),
        (y > 1) | (x < 2),  # noqa: PLR2004
    ]
    labels = np.zeros((12, 12 * len(drawn)), np.int32)
    for index, shape in enumerate(drawn):
        labels[1 : 1 + shape.shape[0], index * 12 + 1 : index * 12 + 1 + shape.shape[1]][shape] = index + 1
    names = [name for name in KNOWN if name not in NEEDS_IMAGE and not name.startswith("moments")]
    assert_equal(measured(labels, None, names, "yx"), expected(labels, None, names))


def test_ids_of_any_size_and_edges() -> None:
    labels = np.zeros((30, 40), np.int32)
    labels[3:9, 4:20] = 2**31 - 1
    labels[20:28, 30:40] = 7
    labels[25, 2] = 9
    found = measured(labels, None, ["area", "euler_number", "touches_edge", "solidity"], "yx")
    assert found["label"].tolist() == [7, 9, 2**31 - 1]
    assert found["area"].tolist() == [80, 1, 96]
    assert found["euler_number"].tolist() == [1, 1, 1]
    assert found["touches_edge"].tolist() == [True, False, False]


def test_no_objects_and_no_image() -> None:
    labels = np.zeros((20, 30), np.int32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = measured(labels, labels.astype(np.uint8), KNOWN, "yx", {"y": 1.0, "x": 1.0})
    assert {len(values) for values in found.values()} == {0}
    labels[3:5, 4:9] = 1
    assert not [name for name in measured(labels, None, KNOWN, "yx") if "intensity" in name or "weighted" in name]


def test_what_has_no_micrometres_is_said() -> None:
    labels, _ = clouds(5, (40, 40), 2)
    context = Recorder("yx", pixel_size={"y": 0.5, "x": 0.2})
    MODEL.measure(labels, None, {"properties": ["area", "perimeter"], "micrometres": True}, context)
    assert context.warnings == ["the perimeter has no micrometres: pixels are not square"]


@pytest.mark.parametrize("channels", [0, 2])
def test_a_window_of_larger_labels(channels: int) -> None:
    """Objects that lie whole in a window have the same values as in the whole, places and edges included."""
    labels, grey = clouds(11, (120, 90), 2.0)
    image = np.stack([grey, 1 - grey], axis=-1) if channels else grey
    axes = "yxc" if channels else "yx"
    names = ["label", *NAMES]
    pixel_size = {"y": 0.5, "x": 0.25}
    whole = measured(labels, image, names, axes, pixel_size)
    rows, columns = slice(40, 120), slice(0, 70)
    inside = labels[rows, columns].copy()
    cut = np.setdiff1d(np.unique(inside), _inside(labels, rows, columns))
    inside[np.isin(inside, cut)] = 0
    window = Window(origin=(40, 0), shape=labels.shape)
    part = measured(np.ascontiguousarray(inside), image[rows, columns], names, axes, pixel_size, window)
    chosen = np.isin(whole["label"], part["label"])
    assert 5 < chosen.sum() < len(whole["label"])
    assert 0 < part["touches_edge"].sum() < len(part["label"])
    for name, values in whole.items():
        np.testing.assert_allclose(part[name], values[chosen], rtol=1e-9, atol=1e-9, err_msg=name)


def _inside(labels: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Ids that have no pixel outside."""
    outside = labels.copy()
    outside[rows, columns] = 0
    return np.setdiff1d(np.unique(labels), np.unique(outside)[1:])
