"""Run bioimageio.core's processing and write down what it makes of a few arrays.

    python parity.py

in the environment of `locks/default/cpu.txt`. It writes `arrays.npz`: `cases` (JSON: steps as a description has them,
with the axes of their tensors), and for each case its input, its output and the tensor that some of them refer to.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from bioimageio.core import proc_ops
from bioimageio.core.sample import Sample
from bioimageio.core.stat_calculators import StatsCalculator
from bioimageio.core.tensor import Tensor
from bioimageio.spec.model import v0_4, v0_5

HERE = Path(__file__).parent
AXES = {"b": "batch", "c": "channel", "z": "z", "y": "y", "x": "x"}

YX = {"axes": ["y", "x"]}
CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("0.5", "bcyx", "binarize", {"threshold": 0.1}),
    ("0.5", "bcyx", "clip", {"min": -0.5, "max": 1.5}),
    ("0.5", "bcyx", "clip", {"min_percentile": 5, "max_percentile": 90, **YX}),
    ("0.5", "bcyx", "ensure_dtype", {"dtype": "float32"}),
    ("0.5", "byxc", "fixed_zero_mean_unit_variance", {"mean": 3.0, "std": 2.0}),
    ("0.5", "bcyx", "fixed_zero_mean_unit_variance", {"mean": [1.0, 2, 3], "std": [4.0, 5, 6], "axis": "channel"}),
    ("0.5", "bcyx", "scale_linear", {"gain": 2.0, "offset": -1.0}),
    ("0.5", "byxc", "scale_linear", {"gain": [2.0, 3, 4], "offset": [0.0, 1, 2], "axis": "channel"}),
    ("0.5", "bcyx", "scale_mean_variance", {"reference_tensor": "other", **YX}),
    ("0.5", "bczyx", "scale_mean_variance", {"reference_tensor": "other", "eps": 1e-3}),
    ("0.5", "bcyx", "scale_range", {}),
    ("0.5", "bcyx", "scale_range", {"min_percentile": 1, "max_percentile": 99.8, **YX}),
    ("0.5", "bczyx", "scale_range", {"min_percentile": 3, "axes": ["channel", "z", "y", "x"]}),
    ("0.5", "bcyx", "scale_range", {"max_percentile": 95, "reference_tensor": "other", **YX}),
    ("0.5", "bcyx", "sigmoid", {}),
    ("0.5", "bcyx", "softmax", {"axis": "channel"}),
    ("0.5", "bcyx", "zero_mean_unit_variance", YX),
    ("0.5", "bcyx", "zero_mean_unit_variance", {}),
    ("0.5", "bczyx", "zero_mean_unit_variance", {"axes": ["batch", "z", "y", "x"]}),
    ("0.4", "bcyx", "binarize", {"threshold": 0.25}),
    ("0.4", "bcyx", "clip", {"min": -1.0, "max": 1.0}),
    ("0.4", "bcyx", "scale_linear", {"gain": 2.0, "offset": 1.0}),
    ("0.4", "bcyx", "scale_linear", {"gain": [2.0, 3.0, 4.0], "offset": [0.0, 1.0, 2.0], "axes": "yx"}),
    ("0.4", "bcyx", "scale_range", {"mode": "per_sample", "axes": "yx", "min_percentile": 2, "max_percentile": 98}),
    ("0.4", "byxc", "scale_range", {"mode": "per_sample", "axes": "xy"}),
    ("0.4", "bcyx", "sigmoid", {}),
    ("0.4", "bcyx", "zero_mean_unit_variance", {"mode": "per_sample", "axes": "yx"}),
    ("0.4", "bcyx", "zero_mean_unit_variance", {"mode": "per_dataset", "axes": "cyx"}),
    ("0.4", "bcyx", "zero_mean_unit_variance", {"mode": "fixed", "axes": "cyx", "mean": 1.5, "std": 2.5}),
    (
        "0.4",
        "bcyx",
        "zero_mean_unit_variance",
        {"mode": "fixed", "axes": "yx", "mean": [1.0, 2, 3], "std": [2.0, 2, 2]},
    ),
]


def draw(seed: int, letters: str) -> np.ndarray:
    """An array of float32 around 1 with a few large values."""
    shape = [{"b": 1, "c": 3, "z": 4, "y": 9, "x": 11}[letter] for letter in letters]
    return np.random.default_rng(seed).gamma(2.0, 1.0, shape).astype(np.float32) - 1


def operator(version: str, letters: str, name: str, kwargs: dict[str, Any]) -> Any:
    """Upstream's operator for a step of the tensor "given"."""
    if version == "0.4":
        kinds: Any = {
            "binarize": v0_4.BinarizeDescr,
            "clip": v0_4.ClipDescr,
            "scale_linear": v0_4.ScaleLinearDescr,
            "scale_range": v0_4.ScaleRangeDescr,
            "sigmoid": v0_4.SigmoidDescr,
            "zero_mean_unit_variance": v0_4.ZeroMeanUnitVarianceDescr,
        }
        given = {"kwargs": kwargs} if kwargs else {}
        described = v0_5._convert_proc(kinds[name](**given), letters)  # noqa: SLF001 - upstream has no public way
    else:
        kinds = {kind.implemented_id: kind for kind in DESCRIPTIONS}
        described = kinds[name](**({"kwargs": kwargs} if kwargs else {}))
    return OPERATORS[described.id].from_proc_descr(described, "given")


DESCRIPTIONS: list[Any] = [
    v0_5.BinarizeDescr,
    v0_5.ClipDescr,
    v0_5.EnsureDtypeDescr,
    v0_5.FixedZeroMeanUnitVarianceDescr,
    v0_5.ScaleLinearDescr,
    v0_5.ScaleMeanVarianceDescr,
    v0_5.ScaleRangeDescr,
    v0_5.SigmoidDescr,
    v0_5.SoftmaxDescr,
    v0_5.ZeroMeanUnitVarianceDescr,
]
OPERATORS: dict[str, Any] = {
    "binarize": proc_ops.Binarize,
    "clip": proc_ops.Clip,
    "ensure_dtype": proc_ops.EnsureDtype,
    "fixed_zero_mean_unit_variance": proc_ops.FixedZeroMeanUnitVariance,
    "scale_linear": proc_ops.ScaleLinear,
    "scale_mean_variance": proc_ops.ScaleMeanVariance,
    "scale_range": proc_ops.ScaleRange,
    "sigmoid": proc_ops.Sigmoid,
    "softmax": proc_ops.Softmax,
    "zero_mean_unit_variance": proc_ops.ZeroMeanUnitVariance,
}


def run(version: str, letters: str, name: str, kwargs: dict[str, Any], given: np.ndarray, other: np.ndarray) -> Any:
    """What upstream makes of `given`, in the same axes."""
    dims = [AXES[letter] for letter in letters]
    step = operator(version, letters, name, kwargs)
    members: Any = {"given": Tensor(given, dims=dims), "other": Tensor(other, dims=dims)}
    sample = Sample(members=members, stat={}, id="one")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample.stat.update(StatsCalculator(step.required_measures).update_and_get_all(sample))
    step(sample)
    return sample.members["given"].data.transpose(*dims).to_numpy()


def main() -> None:
    """Write all cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", help="not needed here")
    parser.parse_args()
    arrays: dict[str, np.ndarray] = {}
    cases: list[dict[str, Any]] = []
    for index, (version, letters, name, kwargs) in enumerate(CASES):
        given, other = draw(index, letters), draw(100 + index, letters) * 3
        arrays[f"given{index}"] = given
        arrays[f"other{index}"] = other
        arrays[f"expected{index}"] = run(version, letters, name, kwargs, given, other)
        cases.append({"format": version, "axes": letters, "id": name, "kwargs": kwargs})
    arrays["cases"] = np.array(json.dumps(cases))
    np.savez_compressed(HERE / "arrays.npz", **arrays)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main()
