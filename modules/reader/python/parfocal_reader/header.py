"""What the readers say of their files."""

from __future__ import annotations

import math
from typing import Any


def position(
    name: str,
    sizes: dict[str, int],
    dtype: str,
    channels: list[str],
    pixel_size: dict[str, float | None],
) -> dict[str, Any]:
    """One field of view, with the axes that have more than one plane.

    Parameters
    ----------
    name : str
        As the file calls it, or "".
    sizes : dict of str to int
        Lengths of t, c, z, y and x; those that are missing are 1.
    dtype : str
        numpy's name.
    channels : list of str
        A name for each channel, or none.
    pixel_size : dict of str to float or None
        Micrometres of x, y and z; what is not a positive number is left out.

    Returns
    -------
    dict
        As `parfocal_worker.SourceFile.header` has it for each position.
    """
    axes = "".join(axis for axis in "tczyx" if axis in "yx" or sizes.get(axis, 1) > 1)
    shape = [int(sizes.get(axis, 1)) for axis in axes]
    named = len(channels) == sizes.get("c", 1)
    known = {axis: float(size) for axis, size in pixel_size.items() if size and math.isfinite(size) and size > 0}
    return {
        "name": name,
        "axes": axes,
        "shape": shape,
        "dtype": "float32" if dtype == "float16" else dtype,
        "channels": channels if named else [],
        "pixel_size": {axis: size for axis, size in known.items() if axis in axes},
    }
