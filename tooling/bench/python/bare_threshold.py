"""What a person would write without Parfocal: read, threshold after Otsu, label, write.

usage: bare_threshold.py IMAGE.npy LABELS.npy
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import ndimage

image = np.load(sys.argv[1])
counts, edges = np.histogram(image.astype(np.float64), bins=256)
centres = (edges[:-1] + edges[1:]) / 2
below = np.cumsum(counts)
above = image.size - below
inside = (below > 0) & (above > 0)
sums = np.cumsum(counts * centres)
gap = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
level = centres[np.argmax(np.where(inside, below * above * gap**2, -1))]
labels, count = ndimage.label(ndimage.binary_fill_holes(image > level), output=np.int32)
kept = np.bincount(labels.ravel(), minlength=count + 1)[1:] >= 20
numbers = np.concatenate([[0], np.where(kept, np.cumsum(kept), 0)]).astype(np.int32)
np.save(sys.argv[2], numbers[labels])
