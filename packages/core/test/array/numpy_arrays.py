"""Writes .npy files of every kind, and damaged ones with numpy's own verdict, for comparison with another reader.

usage: numpy_arrays.py FOLDER  (writes FOLDER/*.npy and FOLDER/verdicts.json)
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
verdicts: dict[str, object] = {}


def verdict(path: Path) -> object:
    """What numpy makes of a file: shape, dtype and values, or None where it refuses it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = np.load(path, allow_pickle=False)
        return {
            "shape": array.shape,
            "kind": array.dtype.kind,
            "values": [str(v) for v in array.astype(array.dtype.newbyteorder("=")).ravel().tolist()],
        }
    except Exception:
        return None


for code in ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    for order in "CF":
        for endian in "<>":
            values = np.arange(24).reshape(2, 3, 4) % (2 if code == "?" else 100)
            array = np.array(values, dtype=np.dtype(code).newbyteorder(endian), order=order)
            name = f"good-{code.replace('?', 'b1')}-{order}-{'le' if endian == '<' else 'be'}.npy"
            np.save(folder / name, array)
for name, array in {
    "scalar": np.float32(3.5),
    "empty": np.zeros((0, 4), np.uint8),
    "row": np.arange(5, dtype=np.int16),
}.items():
    np.save(folder / f"good-{name}.npy", array)
for name, array in {
    "complex": np.zeros(2, np.complex64),
    "text": np.array(["ab"]),
    "dates": np.zeros(2, "M8[s]"),
    "record": np.zeros(2, [("a", "u2")]),
}.items():
    np.save(folder / f"refused-{name}.npy", array)

rng = np.random.default_rng(3)
np.save(folder / "base.npy", np.arange(12, dtype=np.uint16).reshape(3, 4))
base = (folder / "base.npy").read_bytes()
for index in range(400):
    damaged = bytearray(base)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(0, 90)] = (
            rng.integers(0, 256) if index % 2 else ord(rng.choice(list("0123456789(),':{}<>|uifLTrueFalse ")))
        )
    if index % 5 == 0:
        damaged = damaged[: rng.integers(0, len(damaged))]
    (folder / f"damaged-{index}.npy").write_bytes(damaged)

for path in folder.glob("*.npy"):
    verdicts[path.name] = verdict(path)
(folder / "verdicts.json").write_text(json.dumps(verdicts))
