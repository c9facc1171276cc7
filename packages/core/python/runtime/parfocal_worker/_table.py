"""What a measurer returns, as one array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parfocal_worker._errors import OutputError
from parfocal_worker._model import Column

_EXACT = 2**53
_TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "float"}


def pack_table(
    returned: Any, allocate: Callable[[tuple[int, ...], Any], np.ndarray]
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Columns as the rows of one float64 array, so that each of them lies in one piece.

    Parameters
    ----------
    returned : Any
        What `measure` gave.
    allocate : callable
        Makes the array.

    Returns
    -------
    tuple
        Array (columns, objects), and of each column `name`, `unit` and `type`.

    Raises
    ------
    OutputError
        Says which column is wrong and how.
    """
    if not isinstance(returned, list) or not all(isinstance(column, Column) for column in returned):
        raise OutputError("the measurer returned something else than a list of Column")
    names = [column.name for column in returned]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise OutputError(f"the measurer returned {', '.join(sorted(doubled))} twice")
    values = [_checked(column) for column in returned]
    lengths = {len(column) for column in values}
    if len(lengths) > 1:
        raise OutputError(f"the measurer returned columns of {len(lengths)} lengths: {sorted(lengths)}")
    table = allocate((len(values), lengths.pop() if lengths else 0), np.float64)
    for row, column in zip(table, values, strict=True):
        row[:] = column
    described = [
        {"name": column.name, "unit": column.unit, "type": _TYPES[array.dtype.kind]}
        for column, array in zip(returned, values, strict=True)
    ]
    return table, described


def _checked(column: Column) -> np.ndarray:
    values = np.asarray(column.values)
    if values.ndim != 1 or values.dtype.kind not in _TYPES:
        raise OutputError(f"column {column.name} is {values.dtype} {values.shape}, it must be numbers in one dimension")
    is_wide = values.dtype.kind in "iu" and values.dtype.itemsize == 8  # noqa: PLR2004  bytes
    if is_wide and values.size and (values.max() > _EXACT or values.min() < -_EXACT):
        raise OutputError(f"column {column.name} has whole numbers beyond 2**53, which float64 does not hold")
    return values
