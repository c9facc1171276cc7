"""Says as JSON what tifffile or numpy reads from a file of labels.

usage: read_labels.py FILE TRUTH.npy
"""

from __future__ import annotations

import json
import sys
from xml.etree import ElementTree

import numpy as np
import tifffile

path, truth = sys.argv[1], np.load(sys.argv[2])
if path.endswith(".npy"):
    array = np.load(path)
    facts = {}
else:
    with tifffile.TiffFile(path) as file:
        array = file.asarray()
        page = file.pages[0]
        resolution = [page.tags[name].value for name in ("XResolution", "YResolution")]
        facts = {
            "axes": file.series[0].axes,
            "imagej": file.imagej_metadata,
            "resolution": [numerator / denominator for numerator, denominator in resolution],
            "pages": len(file.pages),
            "isBig": file.is_bigtiff,
            "isOme": file.is_ome,
            "ome": dict(ElementTree.fromstring(file.ome_metadata)[0][0].attrib) if file.is_ome else None,
            "compression": page.compression.name,
        }
print(
    json.dumps({**facts, "dtype": str(array.dtype), "shape": array.shape, "equal": bool(np.array_equal(array, truth))})
)
