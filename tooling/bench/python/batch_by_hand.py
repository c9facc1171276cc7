"""A folder through threshold as a careful user writes it: two processes, scipy, tifffile, scikit-image.

Usage: batch_by_hand.py INPUT OUTPUT COLUMNS, where COLUMNS are names for ``regionprops_table`` as JSON.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # two processes on two cores

import numpy as np
import tifffile
from scipy import ndimage
from skimage.measure import regionprops_table

MIN_SIZE = 20


def otsu(image: np.ndarray, bins: int = 256) -> float:
    """Grey value between two classes, as the module computes it."""
    low, high = float(image.min()), float(image.max())
    counts, edges = np.histogram(image, bins=bins, range=(low, high))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = image.size - below
    sums = np.cumsum(counts * centres)
    difference = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
    between = np.where((below > 0) & (above > 0), below * above * difference**2, -1.0)
    return float(centres[int(np.argmax(between))])


def segment(image: np.ndarray) -> np.ndarray:
    """Labels of one image, axes yx."""
    mask = ndimage.binary_fill_holes(image > otsu(image))
    labels, count = ndimage.label(mask)
    kept = np.bincount(labels.ravel(), minlength=count + 1) >= MIN_SIZE
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.uint16)[labels]


def work(path: Path, output: Path, columns: list[str]) -> int:
    """Segment one image and write its labels, measurements and record."""
    content = path.read_bytes()
    image = tifffile.imread(path)
    labels = segment(image)
    stem = output / path.stem
    tifffile.imwrite(f"{stem}_labels.tif", labels, imagej=True, compression="zlib")
    table = regionprops_table(labels.astype(np.int32), image, properties=columns)
    height, width = labels.shape
    edges = (table["bbox-0"] == 0) | (table["bbox-1"] == 0) | (table["bbox-2"] == height) | (table["bbox-3"] == width)
    table["touches_edge"] = edges
    with Path(f"{stem}_measurements.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))
    record = {"input": str(path), "sha256": hashlib.sha256(content).hexdigest(), "objects": int(labels.max())}
    Path(f"{stem}.run.json").write_text(json.dumps(record, indent=2))
    return record["objects"]


def main() -> None:
    """Run all images of the folder."""
    folder, output, columns = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    output.mkdir(parents=True, exist_ok=True)
    paths = sorted(folder.glob("*.tif"))
    with ProcessPoolExecutor(2) as pool:
        counts = pool.map(work, paths, [output] * len(paths), [columns] * len(paths), chunksize=8)
        print(json.dumps({"images": len(paths), "objects": sum(counts)}))


if __name__ == "__main__":
    main()
