"""ImageJ macros of old models, in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from parfocal_worker import Context


@dataclass(frozen=True)
class MacroResult:
    """What a macro made of an array.

    Attributes
    ----------
    array : ndarray
        The result, or the array that was given where the macro did not run.
    ran : bool
    name : str
        The macro's file name.
    """

    array: np.ndarray
    ran: bool
    name: str


def run_macro(name: str, text: str | None, arrays: np.ndarray, axes: str, context: Context) -> MacroResult:
    """Run a macro that is known here.

    Parameters
    ----------
    name : str
        File name.
    text : str or None
        Its content, where the file is there.
    arrays : ndarray
        float32.
    axes : str
        "yx", "zyx", "cyx" or "czyx".
    context : Context
    """
    return MacroResult(arrays, False, name)
