"""Run upstream StarDist on TensorFlow and write down what it finds.

    python parity.py [--data FOLDER]

in the environment of `locks/default/cpu.txt`. It writes `expected.json` (counts, areas, hashes), `labels.npz` (the
labels themselves, by the name of the entry) and, for the untrained models, `upstream.npz` in their folders; the tests
of the worker compare themselves with them. `--data` is a folder that holds `dsb2018-fluo/val/images`; without it the
entries of those images are kept as they were.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import imageio.v3 as imageio
import numpy as np
import stardist
import tifffile
from csbdeep.utils import normalize
from stardist.models import StarDist2D, StarDist3D

HERE = Path(__file__).parent
MODELS = HERE / "models"
NUCLEI = HERE.parent / "weights" / "nuclei"
SAMPLES = Path(stardist.__file__).parent / "data" / "images"
EXPECTED = HERE / "expected.json"
LABELS = HERE / "labels.npz"

VAL_STEP = 3
VAL_COUNT = 20


def load(folder: Path) -> Any:
    """Open a model folder with upstream."""
    config = json.loads((folder / "config.json").read_text())
    kind = StarDist3D if config["axes"].startswith("Z") else StarDist2D
    return kind(None, name=folder.name, basedir=str(folder.parent))


def objects(
    name: str, model: Any, path: Path, image: np.ndarray, kept: dict[str, np.ndarray], **options: Any
) -> dict[str, Any]:
    """What upstream finds in one image, normalised as its documentation says; the labels go to `kept[name]`."""
    labels, details = model.predict_instances(normalize(image, 1, 99.8), **options)
    labels = np.ascontiguousarray(labels, dtype=np.int32)
    kept[name] = labels.astype(np.uint16)
    return {
        "name": name,
        "image": path.name,
        "imageSha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "shape": list(labels.shape),
        "scale": options.get("scale", 1),
        "probThreshold": model.thresholds.prob,
        "nmsThreshold": model.thresholds.nms,
        "count": len(np.unique(labels[labels > 0])),
        "candidatesKept": len(details["prob"]),
        "labelsSha256": hashlib.sha256(labels.tobytes()).hexdigest(),
        "areas": np.bincount(labels.ravel())[1:].tolist(),
    }


def tensors(name: str, seed: int) -> None:
    """Write upstream's outputs of an untrained model for a random image."""
    model = load(MODELS / name)
    sides = (64, 64) if model.config.n_dim == 2 else (8, 32, 32)
    image = np.random.default_rng(seed).random((*sides, model.config.n_channel_in), dtype=np.float32)
    prob, dist, *classes = model.predict(image)
    arrays = {"image": image, "prob": prob, "dist": dist} | ({"prob_class": classes[0]} if classes else {})
    np.savez_compressed(MODELS / name / "upstream.npz", **{key: np.float32(value) for key, value in arrays.items()})


def main() -> None:
    """Write `expected.json` and the tensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None)
    data = parser.parse_args().data
    before = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    labels = dict(np.load(LABELS)) if LABELS.exists() else {}

    nuclei = load(NUCLEI)
    sample = SAMPLES / "img2d.tif"
    image = tifffile.imread(sample)
    expected: dict[str, Any] = {
        "versions": {name: importlib.metadata.version(name) for name in ("stardist", "csbdeep", "tensorflow", "numpy")},
        "python": platform.python_version(),
        "sample2d": objects("sample2d", nuclei, sample, image, labels),
        "sample2dScaled": objects("sample2dScaled", nuclei, sample, image, labels, scale=0.75),
        "val": before.get("val", []),
    }
    if data is not None:
        paths = sorted((data / "dsb2018-fluo" / "val" / "images").glob("*.png"))[::VAL_STEP][:VAL_COUNT]
        expected["val"] = [objects(path.stem, nuclei, path, imageio.imread(path), labels) for path in paths]
    volume = SAMPLES / "img3d.tif"
    trained = load(MODELS / "3d-sample")
    expected["sample3d"] = objects("sample3d", trained, volume, tifffile.imread(volume), labels)
    expected["sample3dScaled"] = objects("sample3dScaled", trained, volume, tifffile.imread(volume), labels, scale=1.5)
    expected["tensors"] = sorted(
        path.parent.name for path in MODELS.glob("*/config.json") if path.parent.name != "3d-sample"
    )
    for seed, name in enumerate(expected["tensors"]):
        tensors(name, seed)
    np.savez_compressed(LABELS, **labels)
    EXPECTED.write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
