"""Reading an ImageJ macro: its commands in order, and the numbers that it sets."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(
    r"\b(run|setThreshold|getHistogram|getStatistics|imageCalculator|setSlice)\(((?:[^()]|\([^()]*\))*)\)"
)
_ASSIGNMENT = re.compile(r"\b([A-Za-z_]\w*)\s*=\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*(?:;|\n|$)")
_ANY_ASSIGNMENT = re.compile(r"\b([A-Za-z_]\w*)\s*(?:[-+*/]?=(?!=)|\+\+|--)")
# functions of the macro language, beside those in `_CALL`, that change pixels or run other code
_OTHER_CHANGES = re.compile(
    r"\b(?:changeValues|setPixel|putPixel|fill|floodFill|fillRect|fillOval|drawLine|drawRect|drawOval|drawString|eval|exec"
    r"|runMacro|call|doCommand|Ext\.\w+|open|setBinaryThreshold|setAutoThreshold|setLut)\s*\("
)
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
    computed : frozenset of str
        Variables that are set to something else than a number, too.
    changes_otherwise : bool
        There are functions that change pixels, or run other code, beside `calls`.
    """

    calls: tuple[str, ...]
    numbers: dict[str, list[float]]
    text: str
    computed: frozenset[str]
    changes_otherwise: bool

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
    assigned = Counter(_ANY_ASSIGNMENT.findall(code))
    computed = frozenset(name for name, times in assigned.items() if times > len(numbers.get(name, ())))
    shown = tuple(call for call in calls if not call.startswith(_SHOWN_ONLY))
    return Script(shown, numbers, code, computed, _OTHER_CHANGES.search(code) is not None)
