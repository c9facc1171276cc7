"""Outputs that notice what an assignment loses, which numpy does in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class Watched(np.ndarray[Any, Any]):
    """An array that notes values which do not fit when they are assigned."""

    findings: list[str] | None = None

    def __array_finalize__(self, source: Any) -> None:  # noqa: ANN401 - numpy's signature
        self.findings = getattr(source, "findings", None)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401
        if self.findings is not None and self.dtype.kind in "iu":
            self.findings.extend(_lost(np.asarray(value), self.dtype))
        super().__setitem__(key, value)


def watched(data: npt.NDArray[Any], findings: list[str]) -> Watched:
    """A view that adds to the findings."""
    view = data.view(Watched)
    view.findings = findings
    return view


def _lost(value: npt.NDArray[Any], dtype: np.dtype[Any]) -> list[str]:
    if value.size == 0 or value.dtype.kind not in "iuf":
        return []
    lowest, highest = value.min(), value.max()
    limits = np.iinfo(dtype)
    lost: list[str] = []
    if lowest < 0 and limits.min == 0:
        lost.append(f"negative values down to {lowest} are wrapped by {dtype}")
    if highest > limits.max:
        lost.append(f"values up to {highest} are wrapped by {dtype}")
    if value.dtype.kind == "f" and bool((value != np.floor(value)).any()):
        lost.append(f"fractions are cut off by {dtype}")
    return lost


def findings_about(name: str, kind: str, data: npt.NDArray[Any]) -> list[str]:
    """What is suspicious about an output after a call."""
    found: list[str] = []
    if not data.any():
        found.append(f"{name} is empty")
    if kind != "binary":
        return found
    if data.dtype.kind == "i" and data.min(initial=0) < 0:
        found.append(f"{name} has negative numbers of objects")
    if data.dtype == np.uint8 and _touches(data[..., 0]):
        found.append(f"{name} is a mask in which objects of different numbers touch")
    return found


def _touches(planes: npt.NDArray[Any]) -> bool:
    for axis in (-1, -2):
        first, second = np.moveaxis(planes, axis, 0)[:-1], np.moveaxis(planes, axis, 0)[1:]
        if bool(((first != second) & (first != 0) & (second != 0)).any()):
            return True
    return False
