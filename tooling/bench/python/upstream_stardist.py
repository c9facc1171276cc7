"""Upstream StarDist: `upstream_stardist.py MODEL IMAGES LABELS` segments a folder each time a line comes.

Answers each line with the milliseconds that it took, and leaves labels as `.npy`. With `--single` IMAGES and LABELS are one file each, and
reading it is not counted; with `--once` one image is segmented without waiting for a line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import imageio.v3 as imageio
import numpy as np
from csbdeep.utils import normalize
from stardist.models import StarDist2D


def predict(model: StarDist2D, image: np.ndarray) -> np.ndarray:
    """Labels of one image, as upstream's examples make them."""
    labels, _ = model.predict_instances(normalize(image, 1, 99.8))
    return labels


def segment(model: StarDist2D, path: Path) -> np.ndarray:
    """Labels of an image file."""
    return predict(model, imageio.imread(path))


def main() -> None:
    """As the command line says; what the libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder, images, output = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    model = StarDist2D(None, name=folder.name, basedir=str(folder.parent))
    if "--once" in sys.argv:
        np.save(output, segment(model, images))
        return
    if "--single" in sys.argv:
        image = imageio.imread(images)
        for _ in sys.stdin:
            since = time.perf_counter()
            labels = predict(model, image)
            took = (time.perf_counter() - since) * 1e3
            np.save(output, labels.astype(np.int32))
            print(json.dumps(took), file=answers, flush=True)
        return
    paths = sorted(images.glob("*.png"))
    segment(model, paths[0])
    for _ in sys.stdin:
        since = time.perf_counter()
        found = [segment(model, path) for path in paths]
        took = (time.perf_counter() - since) * 1e3
        for path, labels in zip(paths, found, strict=True):
            np.save(output / f"{path.stem}.npy", labels.astype(np.int32))
        print(json.dumps(took), file=answers, flush=True)


if __name__ == "__main__":
    main()
