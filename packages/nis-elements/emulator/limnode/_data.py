"""What `run()` gets: pixels and tables, and the context of the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
from limtabledata import LimTableDataBase

from limnode._definitions import (
    InputBinaryDef,
    InputChannelDef,
    InputTableDef,
    OutputBinaryDef,
    OutputChannelDef,
    OutputTableDef,
    change,
)

Pixels = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class _Pixels:
    data: Pixels | None = None
    """z, y, x, c; None where there is nothing in this call."""
    recdata: LimTableDataBase | None = None
    """What was recorded with the frame."""


@dataclass(frozen=True, kw_only=True)
class InputChannelData(_Pixels, InputChannelDef):
    """Pixels of a channel that comes in."""


@dataclass(frozen=True, kw_only=True)
class InputBinaryData(_Pixels, InputBinaryDef):
    """Pixels of a binary that comes in."""


@dataclass(frozen=True, kw_only=True)
class _OutputPixels(_Pixels):
    def setData(self, data: Pixels) -> None:
        """Replace the array; out of process it is lost, since only the shared one is copied back."""
        change(self, data=data)

    def copyRecordedDataFrom(self, other: _Pixels) -> None:
        """Take over what was recorded with another item."""
        change(self, recdata=other.recdata)


@dataclass(frozen=True, kw_only=True)
class OutputChannelData(_OutputPixels, OutputChannelDef):
    """Pixels of a channel that goes out."""


@dataclass(frozen=True, kw_only=True)
class OutputBinaryData(_OutputPixels, OutputBinaryDef):
    """Pixels of a binary that goes out."""


@dataclass(frozen=True, kw_only=True)
class InputTableData(InputTableDef):
    """A table that comes in."""

    data: LimTableDataBase = field(default_factory=LimTableDataBase)

    def colArray(self, cols: Any) -> Any:  # noqa: ANN401
        """Columns as masked arrays."""
        return self.data.colArray(cols)


@dataclass(frozen=True, kw_only=True)
class OutputTableData(OutputTableDef):
    """A table that goes out."""

    data: LimTableDataBase | None = None

    def withColData(self, cols: Any, data: Any) -> OutputTableData:  # noqa: ANN401
        """Fill columns."""
        assert self.data is not None, "a table holds nothing before the final call"
        self.data.setColData(cols, data)
        return self

    def withColDataFrom(self, inpTable: InputTableData) -> OutputTableData:
        """Fill all columns but those of loops from a table that has them, too."""
        assert self.data is not None, "a table holds nothing before the final call"
        for name in inpTable.data.colIdList:
            if not name.startswith("_loop"):
                self.data.setColData(name, inpTable.data.colData(name))
        return self


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The call: which frame it is about."""

    inpFilename: str = ""
    outFilename: str = ""
    inpParameterCoordinates: list[dict[str, int]] = field(default_factory=list)
    outCoordinates: dict[str, int] = field(default_factory=dict)
    finalCall: bool = True
    _shouldAbort: Callable[[], bool] | None = None

    @property
    def shouldAbort(self) -> bool:
        """Whether the recipe is being stopped; in a child process always False."""
        return self._shouldAbort is not None and self._shouldAbort()

    def __getstate__(self) -> dict[str, Any]:
        """Without the callback, which does not travel to another process."""
        return {**self.__dict__, "_shouldAbort": None}


@dataclass(frozen=True, kw_only=True)
class RunContext620(RunContext):
    """As version 6.20 has it."""

    reducingCoordinateIndexes: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RunContext620Fixed(RunContext):
    """As the vendor's repair of version 6.20 has it."""

    programCoordinateIndexes: list[int] = field(default_factory=list)
    programPass: int = 1


@dataclass(frozen=True, kw_only=True)
class RunContext7(RunContext):
    """As version 7 has it."""

    programIndex: int = 0
    programPass: int = 1
