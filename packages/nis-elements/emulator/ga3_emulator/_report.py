"""What came out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass
class Call:
    """One call of `run`."""

    coordinates: dict[str, int]
    program_pass: int
    final: bool
    ms: float = 0.0
    error: str | None = None
    """Text that the node shows; None when all went well."""
    aborted: bool = False
    outputs: list[Any] = field(default_factory=list)
    """Of the final call: arrays z, y, x, c, and tables; empty where something failed."""
    child: int | None = None
    """Process id of the child."""


@dataclass
class Report:
    """All calls, and what is suspicious."""

    calls: list[Call] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    output_ms: list[float] = field(default_factory=list)
    """How long each call of `output` took."""
    error: str | None = None
    """Why nothing ran: the script could not be loaded, or `output` or `build` failed."""
    left: list[str] = field(default_factory=list)
    """What the child printed; the node does not show it."""


def write_report(report: Report, folder: Path) -> None:
    """Write `report.json`, arrays as `.npy` files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    calls = [
        {
            **vars(call),
            "outputs": [_output(each, folder / f"call-{index}-{place}.npy") for place, each in enumerate(call.outputs)],
        }
        for index, call in enumerate(report.calls)
    ]
    (folder / "report.json").write_text(json.dumps({**vars(report), "calls": calls}), "utf-8")


def _output(value: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(value, np.ndarray):
        array: npt.NDArray[Any] = value
        np.save(path, array)
        return {"path": str(path), "dtype": array.dtype.name, "shape": list(array.shape)}
    return {"name": value.tableName, "columns": value.colTitleList, "ids": value.colIdList, "rows": value.rowDataList}
