"""Each ImageJ macro that is known, against numbers worked out by hand or from drawn objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PARAMS, Load
from recorder import Recorder
from test_worker import XML, old

from parfocal_deepimagej.macros import MacroResult, known_macros, run_macro
from parfocal_deepimagej.macros.run import _MACROS

STATISTICS = "getStatistics(_, _, min, max, _, _);\n"
STRETCH = 'run("Subtract...", "value=" + min);\ndiff = max - min + 1e-20\nrun("Divide...", "value=" + diff);\n'
Z_SCORE = 'run("Subtract...", "value=" + paramMean);\nrun("Divide...", "value=" + paramStd);\n'
RANGE = 'run("32-bit");\nrun("Subtract...", "value="+mi{0});\nrun("Divide...", "value="+diff{0});\n'
MACROS = {
    "zero_mean_unit_variance": 'run("32-bit"); getStatistics(_, mean, min, max, std, _);\n'
    'run("Subtract...", "value="+mean); run("Divide...", "value="+std);',
    "fixed_zero_mean_unit_variance": f'paramMean = 2;\nparamStd = 4.0;\nrun("32-bit");\n{Z_SCORE}',
    "MeanNormalization": f'run("32-bit");\n{STATISTICS}{STRETCH}paramMean = 0.25;\nparamStd = 0.5;\n{Z_SCORE}',
    "scale_linear": 'gain = 3; // three\noffset = -1;\nrun("32-bit");\nrun("Multiply...", "value=" + gain);\n'
    'run("Add...", "value=" + offset);',
    "per_sample_scale_range": "min_percentile = 0.1;\nmax_percentile = 0.9;\nsetSlice(s);\n"
    "getHistogram(values, counts, nBins);\n" + RANGE.format('+" stack"'),
    "PercentileNormalization": "getHistogram(values, counts, nBins);\ntarget = 0.1;\ntarget = 0.9;\n"
    + RANGE.format(""),
    "binarize": f"{STATISTICS}optimalThreshold = 0.5;\nsetThreshold(optimalThreshold, max);\n"
    'run("Convert to Mask", "method=Default background=Dark black");',
    "8bitBinarize": f'{STATISTICS}{STRETCH}run("Multiply...", "value=" + 255);\nrun("8-bit");\noptimalThreshold = 159\n'
    'setThreshold(0, optimalThreshold);\nrun("Convert to Mask");',
    "LocalMaximaSMLM": "thresh = 0.10;\nL2_weighting_factor = 10;\nneighborhood_size = 3;\n"
    'run("Min...", "value=0");\nrun("Divide...", "value=" + L2_weighting_factor);\nrun("Duplicate...", "title=a");\n'
    'run("Maximum...", "radius="+neighborhood_size);\n'
    'imageCalculator("Subtract", "maxPooling", "normalizedConfidence");\nrun("Manual Threshold...", "min=0 max=0");\n'
    'run("Convert to Mask");\nrun("32-bit");\nrun("Divide...", "value=255");\n'
    'imageCalculator("Multiply", "filteredConfidence", "maxPooling");',
    "Contours2InstanceSegmentation": "setThreshold(0.5, 1.0);\n"
    'run("Convert to Mask", "method=Mean background=Dark black");\n'
    'run("Divide...", "value=255.000 stack");\n'
    + "".join(f'setSlice({i});\nrun("Multiply...", "value={i - 1} slice");\n' for i in (1, 2, 3))
    + 'run("Z Project...", "projection=[Max Intensity]");\nrun("Select Label(s)", "label(s)=1");\n'
    'run("Fill Holes (Binary/Gray)");\nrun("Multiply...", "value=255.000");\nrun("Distance Transform Watershed", '
    '"distances=[Borgefors (3,4)] output=[32 bits] normalize dynamic=1 connectivity=4");\n'
    'run("Label Size Filtering", "operation=Greater_Than size=10");',
    "ConvexMarkersWatershedSegmentation": "MARKER_THRESHOLD=240;\nC_MASK_THRESHOLD=156;\nSTEP = 3;\n"
    'run("Marker-controlled Watershed", "input=cells marker=markers mask=cell_mask");',
    "StarDist2D_Post-processing": "grid = 2;\nprobThresh = 0.7;\nnmsThresh = 0.2;\n"
    'run("Command From Macro", "command=[de.csbdresden.stardist.StarDist2DNMS]");',
}


def run(name: str, image: Any, axes: str = "yx") -> MacroResult:
    return run_macro(f"{name}.ijm", MACROS[name], np.asarray(image, np.float32), axes, Recorder())


def discs(shape: tuple[int, int], *circles: tuple[float, float, float]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.any([(y - cy) ** 2 + (x - cx) ** 2 <= r**2 for cy, cx, r in circles], axis=0)


def test_every_known_macro_is_tested() -> None:
    assert set(MACROS) == set(known_macros())


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("zero_mean_unit_variance", [[1, 2, 3]], [[-1, 0, 1]]),
        ("fixed_zero_mean_unit_variance", [[2, 6, 10]], [[0, 1, 2]]),
        ("MeanNormalization", [[10, 15, 20]], [[-0.5, 0.5, 1.5]]),
        ("scale_linear", [[0, 1, 2]], [[-1, 2, 5]]),
        ("binarize", [[0.1, 0.5, 0.9]], [[False, True, True]]),
        ("8bitBinarize", [[0, 159.4, 159.6, 255]], [[False, False, True, True]]),
    ],
)
def test_arithmetic(name: str, image: list[list[float]], expected: list[list[Any]]) -> None:
    result = run(name, image)
    assert result.ran
    assert result.name == f"{name}.ijm"
    np.testing.assert_allclose(result.array, expected, atol=1e-6)
    assert result.array.dtype == np.asarray(expected).dtype or result.array.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "lowest", "first", "last"),
    [
        ("per_sample_scale_range", 0, 25, 230),
        ("per_sample_scale_range", 1000, 25, 230),
        # its sum starts with the lowest grey value instead of the first count: 0, then 1000
        ("PercentileNormalization", 0, 26, 230),
        ("PercentileNormalization", 1000, 1, 130),
    ],
)
def test_percentiles_of_a_histogram(name: str, lowest: float, first: int, last: int) -> None:
    image = np.arange(256, dtype=np.float32).reshape(16, 16) + np.float32(lowest)  # one value in each of the 256 bins
    result = run(name, image)
    low, high = lowest + first * 255 / 256, lowest + last * 255 / 256  # lower ends of the bins that reach 10 and 90 %
    np.testing.assert_allclose(result.array, (image - low) / (high - low), atol=1e-4)


def test_local_maxima() -> None:
    image = np.zeros((20, 20), np.float32)
    image[5, 5], image[5, 7], image[15, 15], image[1, 18] = 9, 8, 5, 0.5
    image[10, 3] = -4
    result = run("LocalMaximaSMLM", image)
    expected = np.zeros_like(image)
    expected[5, 5], expected[15, 15] = 0.9, 0.5  # its neighbour is lower, the last one below the threshold
    np.testing.assert_allclose(result.array, expected, atol=1e-7)


def test_contours_part_cells() -> None:
    both = discs((60, 90), (30, 30, 14), (30, 52, 14))
    hole = discs((60, 90), (30, 26, 2))
    speck = discs((60, 90), (5, 80, 1))
    contour = np.zeros((60, 90), bool)
    contour[:, 41] = both[:, 41]
    foreground = ((both & ~hole) | speck) & ~contour
    stack = np.stack([~both & ~speck, foreground, contour]).astype(np.float32)
    result = run("Contours2InstanceSegmentation", stack, "cyx")
    assert result.array.dtype == np.int32
    assert result.array.max() == 2
    assert result.array[30, 26] == result.array[30, 20] != result.array[30, 60]
    assert not result.array[5, 80]
    assert np.mean((result.array > 0) == (both & ~contour)) > 0.99


def test_convex_markers_part_cells() -> None:
    cells = discs((50, 80), (25, 25, 13), (25, 48, 13)).astype(np.float32)
    markers = np.zeros_like(cells)
    y, x = np.mgrid[:50, :80]
    for column in (25, 48):
        markers = np.maximum(markers, 1 - 0.02 * np.hypot(y - 25, x - column))
    stack = np.stack([np.zeros_like(cells), np.clip(markers, 0, 1), np.zeros_like(cells), cells])
    result = run("ConvexMarkersWatershedSegmentation", stack, "cyx")
    assert result.array.max() == 2
    assert result.array[25, 25] != result.array[25, 48]
    assert np.mean((result.array > 0) == (cells > 0)) > 0.98


def test_stardist_draws_the_most_probable_of_overlapping_stars() -> None:
    probability = np.zeros((40, 60), np.float32)
    distances = np.full((32, 40, 60), 16, np.float32)  # in pixels of the enlarged image
    for row, column, score in ((20, 15, 0.95), (20, 16, 0.9), (20, 42, 0.85), (10, 50, 0.5)):
        probability[row - 1 : row + 2, column - 1 : column + 2] = score
    result = run("StarDist2D_Post-processing", np.concatenate([probability[np.newaxis], distances]), "cyx")
    assert result.array.shape == (80, 120)
    assert result.array.max() == 2
    assert np.bincount(result.array.ravel())[1:] == pytest.approx([np.pi * 16**2] * 2, rel=0.05)
    assert result.array[40, 30] == 1
    assert result.array[40, 84] == 2


@pytest.mark.parametrize("name", sorted(MACROS))
def test_a_changed_macro_is_not_run(name: str) -> None:
    macro = next(each for each in _MACROS if each.name == name)
    axes = macro.axes[0]
    image = np.linspace(0, 1, (macro.channels or 9) * 192, dtype=np.float32).reshape(-1, 12, 16)
    image = image if axes == "cyx" else image[0]
    assert run_macro("preprocessing.txt", MACROS[name], image, axes, Recorder()).ran
    changed = MACROS[name].replace("Divide...", "Multiply...").replace("Convert to Mask", "Invert")
    changed = changed.replace("gain", "factor").replace("grid =", "grid = width *").replace("STEP", "step")
    result = run_macro("preprocessing.txt", changed, image, axes, Recorder())
    assert (result.ran, result.name) == (False, "preprocessing.txt")
    assert result.why == "it is none of those known here, or was changed"
    np.testing.assert_array_equal(result.array, image)


def test_pixels_and_numbers_that_are_changed_otherwise_are_seen() -> None:
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    for more in (
        "changeValues(0, 5, 0);",
        "gain = gain / 2;",
        "offset += 1;",
        "setPixel(0, 0, 7);",
        'eval("js", code);',
    ):
        assert not run_macro("a.ijm", f"{MACROS['scale_linear']}\n{more}", image, "yx", Recorder()).ran, more


def test_a_macro_of_comments_has_run() -> None:
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    result = run_macro("a.ijm", "// nothing to do\n/* at all */\n", image, "yx", Recorder())
    assert (result.ran, result.why) == (True, "")
    np.testing.assert_array_equal(result.array, image)


def test_the_number_of_bins_is_read() -> None:
    image = np.arange(256, dtype=np.float32).reshape(16, 16)
    fine = run_macro("a.ijm", f"nBins = 1024;\n{MACROS['per_sample_scale_range']}", image, "yx", Recorder()).array
    low, high = (
        100 * 255 / 1024,
        923 * 255 / 1024,
    )  # the bins of the values 25 and 230, with which 10 and 90 % are reached
    np.testing.assert_allclose(fine, (image - low) / (high - low), atol=1e-6)


def test_a_macro_for_other_axes_or_without_text_is_not_run() -> None:
    image = np.zeros((2, 3, 4), np.float32)
    assert not run("scale_linear", image, "zyx").ran
    assert not run("Contours2InstanceSegmentation", image, "cyx").ran
    assert not run_macro("scale_linear.ijm", None, image[0], "yx", Recorder()).ran


def test_a_model_runs_its_macros(load: Load, described: Callable[..., Path], sample: np.ndarray) -> None:
    folder = described(XML.replace("null", "mask.ijm"), "config.xml")
    low, high = np.percentile(sample, [1, 99.8])
    linear = MACROS["scale_linear"].replace("= 3", f"= {1 / (high - low)}").replace("= -1", f"= {-low / (high - low)}")
    (folder / "mine.ijm").write_text(linear, encoding="utf-8")
    (folder / "mask.ijm").write_text(MACROS["binarize"], encoding="utf-8")
    recorder = Recorder()
    model = load(folder, weights_format="onnx", weights_file=str(folder / "weights.onnx"))
    outputs = model.predict(sample, PARAMS, recorder)
    assert recorder.warnings == []
    assert outputs["output"].dtype == np.bool_
    assert outputs["labels"].max() == 20


def test_declared_steps_take_the_place_of_macros(
    load: Load, described: Callable[..., Path], sample: np.ndarray
) -> None:
    config = "config: {deepimagej: {prediction: {preprocess: [{spec: 'ij.IJ::runMacroFile', kwargs: twice.ijm}]}}}\n"
    recorder = Recorder()
    outputs = load(described(old() + config)).predict(sample, PARAMS, recorder)
    assert outputs["labels"].max() == 20
    assert recorder.warnings == []
    recorder = Recorder()
    load(described(old(steps="") + config)).predict(sample, PARAMS, recorder)
    assert recorder.warnings[0].startswith("the macro twice.ijm was not run: there is no ")
