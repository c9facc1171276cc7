"""Says as JSON what tifffile or Pillow reads from image files: shape, dtype and sha256 of the pixels, transparency left out.

usage: read_images.py FILE...
"""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np
import tifffile
from PIL import Image


def read(path: str) -> np.ndarray:
    if path.endswith(".png"):
        return np.asarray(Image.open(path))
    try:
        return tifffile.imread(path)
    except ValueError:
        # a compression that tifffile leaves to another package
        return np.asarray(Image.open(path))


found = {}
for name in sys.argv[1:]:
    array = read(name)
    if array.ndim == 3 and array.shape[-1] in (2, 4):
        array = array[..., :-1]
    array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    found[name] = {
        "shape": array.shape,
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }
print(json.dumps(found))
