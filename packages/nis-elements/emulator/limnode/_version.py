"""Which NIS-Elements this is: `LIMNODE_VERSION`, 6.20 unless it says something else."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

VERSION = os.environ.get("LIMNODE_VERSION", "6.20")
IS_7 = not VERSION.startswith("6.")


class UserParameters(tuple[Any, ...]):
    """Values of the node's own controls. How a script reads them is not documented: this is a guess."""

    __slots__ = ()


def arguments(name: str, function: Callable[..., Any], *given: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """What a script's function is called with, by position; version 7 also takes functions written for 6.20."""
    if not IS_7 or len(inspect.signature(function).parameters) == len(given):
        return given
    parameters = UserParameters()
    if name == "build":
        return (parameters, *given)
    if name == "output":
        return (*given, parameters)
    inp, out, ctx = given
    return (inp, out, parameters, ctx)
