"""Draws pairs of label images and says what upstream's matching makes of them.

usage: match_labels.py FOLDER
Writes truth-N.npy and labels-N.npy, and prints as JSON the scores of each image and of all, by IoU.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from stardist.matching import matching, matching_dataset

IOUS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
folder = Path(sys.argv[1])
random = np.random.default_rng(11)


def discs(count: int, size: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """True discs, and found ones that are moved, missing, split or added."""
    truth, found = np.zeros((2, size, size), np.int32)
    y, x = np.mgrid[:size, :size]
    for index in range(1, count + 1):
        radius = random.integers(2, 9)
        cy, cx = random.integers(0, size, 2)
        truth[(y - cy) ** 2 + (x - cx) ** 2 < radius**2] = index * 3
        if random.random() < 0.1:
            continue
        dy, dx = random.integers(-shift, shift + 1, 2)
        mask = (y - cy - dy) ** 2 + (x - cx - dx) ** 2 < radius**2
        found[mask] = count - index + 1
        if random.random() < 0.1:
            found[mask & (x > cx)] = count + index
    return truth, found


halves = np.repeat([[1, 1, 1, 1, 0, 2, 2, 0]], 4, axis=0), np.repeat([[1, 1, 2, 2, 0, 3, 0, 0]], 4, axis=0)
pairs = [
    discs(12, 64, 1),
    discs(300, 400, 2),
    discs(20, 90, 1),
    (np.zeros((9, 9), np.int32), discs(3, 9, 1)[1]),
    (discs(3, 9, 1)[0], np.zeros((9, 9), np.int32)),
    (np.zeros((9, 9), np.int32), np.zeros((9, 9), np.int32)),
    halves,
]
for index, (truth, found) in enumerate(pairs):
    np.save(folder / f"truth-{index}.npy", truth.astype(np.int32))
    np.save(folder / f"labels-{index}.npy", found.astype(np.int32))


def plain(score: object) -> dict[str, float]:
    return {name: float(value) for name, value in score._asdict().items() if name not in {"criterion", "by_image"}}


print(
    json.dumps({
        "ious": IOUS,
        "images": [[plain(score) for score in matching(truth, found, thresh=IOUS)] for truth, found in pairs],
        "all": [plain(score) for score in matching_dataset(*zip(*pairs, strict=True), thresh=IOUS, show_progress=False)],
    })
)
