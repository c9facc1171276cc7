"""Average precision of the bundled model on the validation images."""

from __future__ import annotations

from typing import Any

import imageio.v3 as imageio
import worker
from conftest import PARAMS
from recorder import Recorder
from shared_data import shared_data
from stardist.matching import matching_dataset


def test_average_precision_on_validation_images(nuclei: worker.Model) -> None:
    folder = shared_data() / "dsb2018-fluo" / "val"
    paths = sorted((folder / "images").glob("*.png"))
    assert len(paths) == 60
    truth = [imageio.imread(folder / "labels" / path.name) for path in paths]
    found = [nuclei.predict(imageio.imread(path), PARAMS, Recorder())["labels"] for path in paths]
    scores: dict[float, Any] = {
        iou: matching_dataset(truth, found, thresh=iou, show_progress=False) for iou in (0.5, 0.7, 0.9)
    }
    figures = {iou: round(float(score.accuracy), 4) for iou, score in scores.items()}
    print(f"AP by IoU {figures}, {scores[0.5].n_pred} objects found, {scores[0.5].n_true} true")
    assert scores[0.5].accuracy >= 0.7745
