"""A second try with less memory."""

from __future__ import annotations

import gc
import re
import sys
from typing import Any

from parfocal_worker._errors import memory_place


def less_memory(
    model: object, error: BaseException, params: dict[str, Any], shape: tuple[int, ...], axes: str
) -> dict[str, Any] | None:
    """Parameters for a second try, when memory ran out and the model knows how to do with less.

    Parameters
    ----------
    model : object
        With `less_memory(params, shape, axes)` where it knows: changed parameters, or None when there is nothing left
        to make smaller.
    error : BaseException
        What ended the first try.
    params : dict
        Those of the first try.
    shape : tuple of int
        The image's.
    axes : str
        The image's.

    Returns
    -------
    dict or None
    """
    ask = getattr(model, "less_memory", None)
    if memory_place(error) is None or not callable(ask):
        return None
    answer: Any = ask(dict(params), shape, axes)
    return None if answer is None or answer == params else answer


def free_memory() -> None:
    """Give back what the first try left, also what torch keeps of a GPU's memory."""
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def describe_change(before: dict[str, Any], after: dict[str, Any]) -> str:
    """The parameters that differ, by the names that callers know: "tiles = [2, 1]"."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return ", ".join(f"{_camel_case(name)} = {value}" for name, value in changed.items())


def _camel_case(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
