"""Says as JSON what pandas and pyarrow read from a table.

usage: read_table.py TABLE.csv|TABLE.parquet TRUTH.npy
TRUTH has the table's columns as rows of float64.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

path, truth = sys.argv[1], np.load(sys.argv[2])
facts = {}
if path.endswith(".csv"):
    frame = pd.read_csv(path, float_precision="round_trip")
else:
    file = pq.ParquetFile(path)
    facts = {"units": json.loads(file.metadata.metadata[b"units"]), "createdBy": file.metadata.created_by}
    frame = file.read().to_pandas()
    assert frame.equals(pd.read_parquet(path))
values = np.array([frame[name].to_numpy(dtype=np.float64) for name in frame.columns]).reshape(truth.shape)
equal = (values == truth) | (np.isnan(values) & np.isnan(truth))
print(
    json.dumps({
        **facts,
        "columns": list(frame.columns),
        "dtypes": [str(dtype) for dtype in frame.dtypes],
        "rows": len(frame),
        "equal": bool(equal.all()),
        "signs": bool(np.array_equal(np.signbit(values[~np.isnan(values)]), np.signbit(truth[~np.isnan(truth)]))),
    })
)
