"""Reading an ImageJ macro: its commands in order, and the numbers that it sets."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(
    r"\b(run|setThreshold|getHistogram|getStatistics|imageCalculator|setSlice)\(((?:[^()]|\([^()]*\))*)\)"
)
_ASSIGNMENT = re.compile(r"\b([A-Za-z_]\w*)\s*=\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*(?:;|\n|$)")
_SHOWN_ONLY = (
    'run("Brightness/Contrast',
    'run("Duplicate',
    'run("Fire"',
    'run("royal"',
    'run("glasbey',
    'run("SetLabelMap',
)


@dataclass(frozen=True)
class Script:
    """A macro without what is only for the eye.

    Attributes
    ----------
    calls : tuple of str
        Commands that change images, in order, without blanks: 'run("Subtract...","value="+mean)'.
    numbers : dict of str to list of float
        Every number that a variable is set to, in order.
    text : str
        Without comments.
    """

    calls: tuple[str, ...]
    numbers: dict[str, list[float]]
    text: str

    def number(self, name: str) -> float:
        """The number that a variable is set to; the last one where there are several."""
        return self.numbers[name][-1]


def read_script(text: str) -> Script:
    """Read a macro; nothing is executed."""
    code = _COMMENT.sub("", text)
    calls = (re.sub(r"\s+", "", f"{match[1]}({match[2]})") for match in _CALL.finditer(code))
    numbers: dict[str, list[float]] = {}
    for match in _ASSIGNMENT.finditer(code):
        numbers.setdefault(match[1], []).append(float(match[2]))
    return Script(tuple(call for call in calls if not call.startswith(_SHOWN_ONLY)), numbers, code)
