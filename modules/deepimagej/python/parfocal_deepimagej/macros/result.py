"""What a macro comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MacroResult:
    """What a macro made of an array.

    Attributes
    ----------
    array : ndarray
        float32; bool for a mask; int32 for labels. The array that was given where the macro did not run.
    ran : bool
    name : str
        The macro's file name.
    why : str
        Why it did not run; empty where it did.
    """

    array: np.ndarray
    ran: bool
    name: str
    why: str = ""
