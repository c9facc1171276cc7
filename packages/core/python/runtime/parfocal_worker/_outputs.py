"""Checks what a model returns before it goes to the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parfocal_worker._errors import OutputError
from parfocal_worker._npy import DTYPES
from parfocal_worker._slots import dtype_name

_LABELS_RANGE = np.iinfo(np.int32)


def check_outputs(
    returned: Any,
    promised: dict[str, dict[str, Any]] | None,
    spatial_shape: tuple[int, ...] | None,
    allocate: Callable[[tuple[int, ...], Any], np.ndarray] = np.empty,
) -> dict[str, np.ndarray]:
    """Outputs as the module promises them.

    Parameters
    ----------
    returned : Any
        What `predict` or `refine` gave.
    promised : dict, or None
        `kind` ("labels" or "array") and `optional` by output name; None when not known.
    spatial_shape : tuple of int, or None
        Shape that labels must have.
    allocate : callable
        Makes the array for labels that come in another dtype.

    Returns
    -------
    dict of str to ndarray
        Labels as int32; nothing else is converted except to native byte order and, for float16, to float32.

    Raises
    ------
    OutputError
        Says which output is wrong and how.
    """
    if not isinstance(returned, dict):
        raise OutputError(
            f"the model returned {type(returned).__name__}, it must return a dict of arrays by output name"
        )
    promised = {"labels": {"kind": "labels"}} | {str(name): {} for name in returned} if promised is None else promised
    outputs = {}
    for name, values in returned.items():
        if name not in promised:
            raise OutputError(
                f"the model returned an output {name!r} that the module does not declare; "
                f"it declares {', '.join(promised)}"
            )
        is_labels = promised[name].get("kind") == "labels"
        outputs[name] = check_labels(name, values, spatial_shape, allocate) if is_labels else check_array(name, values)
    missing = [name for name, output in promised.items() if name not in outputs and not output.get("optional")]
    if missing:
        raise OutputError(f"the model did not return {', '.join(missing)}")
    return outputs


def check_array(name: str, values: Any) -> np.ndarray:
    """An array of a dtype that slots take.

    Raises
    ------
    OutputError
        It is not an array, or of another dtype.
    """
    if not isinstance(values, np.ndarray):
        raise OutputError(f"{name} is {type(values).__name__}, it must be a numpy array")
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if dtype_name(values.dtype) not in DTYPES:
        raise OutputError(
            f"{name} has dtype {values.dtype}, which cannot be sent; it takes {', '.join(DTYPES)} and float16"
        )
    return values


def check_labels(
    name: str,
    values: Any,
    spatial_shape: tuple[int, ...] | None,
    allocate: Callable[[tuple[int, ...], Any], np.ndarray] = np.empty,
) -> np.ndarray:
    """Labels as int32, never wrapped.

    Raises
    ------
    OutputError
        They are not whole numbers that int32 holds, or do not have the image's shape.
    """
    values = check_array(name, values)
    if values.dtype.kind not in "biu":
        raise OutputError(f"{name} has dtype {values.dtype}, labels are whole numbers (int32)")
    if spatial_shape is not None and values.shape != spatial_shape:
        raise OutputError(f"{name} has shape {values.shape}, the image has {spatial_shape}")
    if values.dtype == np.int32:
        return values
    if values.size and values.dtype.kind != "b" and values.dtype.itemsize >= 4:
        low, high = int(values.min()), int(values.max())
        if low < _LABELS_RANGE.min or high > _LABELS_RANGE.max:
            raise OutputError(f"{name} has values from {low} to {high}, labels must fit into int32")
    labels = allocate(values.shape, np.int32)
    np.copyto(labels, values, casting="unsafe")  # the range was looked at
    return labels
