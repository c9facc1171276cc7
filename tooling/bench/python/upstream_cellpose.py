"""Upstream Cellpose: `upstream_cellpose.py WEIGHTS IMAGE LABELS` segments one image each time a line comes.

Answers each line with the milliseconds that it took, reading not counted, and leaves labels as `.npy`.
"""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np
from cellpose import models

DIAMETER = 20.0


def main() -> None:
    """As the command line says; what the libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    weights, path, output = sys.argv[1:4]
    model = models.CellposeModel(pretrained_model=weights, nchan=2)
    image = np.load(path)
    for _ in sys.stdin:
        since = time.perf_counter()
        labels = model.eval(image, channels=[0, 0], diameter=DIAMETER)[0]
        took = (time.perf_counter() - since) * 1e3
        np.save(output, labels.astype(np.int32))
        print(json.dumps(took), file=answers, flush=True)


if __name__ == "__main__":
    main()
