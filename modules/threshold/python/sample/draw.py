"""Draws the sample image: 16 discs with noise on a dark background, and their labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

rng = np.random.default_rng(7)
rows, columns = np.mgrid[:128, :128]
labels = np.zeros((128, 128), np.int32)
for index in range(16):
    row, column = 16 + 32 * (index // 4), 16 + 32 * (index % 4)
    radius = 6 + index % 5
    labels[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = index + 1
image = 200 + 1800 * (labels > 0) + rng.normal(0, 90, labels.shape)
folder = Path(__file__).parent
np.save(folder / "blobs.npy", np.clip(image, 0, 65535).astype(np.uint16))
np.save(folder / "blobs_labels.npy", labels)
