"""Image in, labels out, as `.npy`: `cast_npy.py IMAGE LABELS WORK`."""

import sys

import numpy as np

image = np.load(sys.argv[1])
labels = image.astype(np.int32) if sys.argv[3] == "cast" else np.empty(image.shape, np.int32)
np.save(sys.argv[2], labels)
