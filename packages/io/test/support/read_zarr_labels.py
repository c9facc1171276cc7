"""Says as JSON what zarr and ome-zarr-models make of a label image.

usage: read_zarr_labels.py FOLDER TRUTH.npy [LABELS_GROUP]
"""

from __future__ import annotations

import json
import sys

import numpy as np
import zarr
from ome_zarr_models.v05.image_label import ImageLabel
from ome_zarr_models.v05.labels import Labels

group = zarr.open_group(sys.argv[1], mode="r")
truth = np.load(sys.argv[2])
multiscale = ImageLabel.from_zarr(group).attributes.ome.multiscales[0]
levels = [group[dataset.path] for dataset in multiscale.datasets]
step = (slice(None),) * (truth.ndim - 2) + (slice(None, None, 2),) * 2
halved = truth
smaller_equal = True
for level in levels[1:]:
    halved = halved[step]
    smaller_equal &= bool(np.array_equal(level[...], halved))
listed = Labels.from_zarr(zarr.open_group(sys.argv[3], mode="r")).attributes.ome.labels if len(sys.argv) > 3 else None
print(
    json.dumps({
        "axes": "".join(axis.name for axis in multiscale.axes),
        "units": [axis.unit for axis in multiscale.axes],
        "scales": [dataset.coordinateTransformations[0].scale for dataset in multiscale.datasets],
        "dtype": str(levels[0].dtype),
        "shapes": [level.shape for level in levels],
        "equal": bool(np.array_equal(levels[0][...], truth)),
        "smallerEqual": smaller_equal,
        "listed": listed,
    })
)
