"""Write different images of 1 MB, made of turned and mirrored copies of a real one.

Usage: make_images.py SOURCE FOLDER, where SOURCE is a grey TIFF of 512 x 512 pixels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tifffile


def main() -> None:
    """Write 16 images, uint16, axes yx, 512 x 1024."""
    source = tifffile.imread(sys.argv[1]).astype(np.uint16)
    turned = [np.rot90(each, turn) for each in (source, source[:, ::-1]) for turn in range(4)]
    for index in range(16):
        image = np.hstack([turned[index % 8], turned[(index * 3 + index // 8 + 1) % 8]])
        tifffile.imwrite(Path(sys.argv[2]) / f"{index:02}.tif", np.ascontiguousarray(image))


if __name__ == "__main__":
    main()
