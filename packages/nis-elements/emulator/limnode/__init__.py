"""The module that NIS-Elements gives to scripts of its Python node, as far as it is known; for tests."""

from __future__ import annotations

from limnode import _version
from limnode._child import child_main
from limnode._data import (
    InputBinaryData,
    InputChannelData,
    InputTableData,
    OutputBinaryData,
    OutputChannelData,
    OutputTableData,
    RunContext,
)
from limnode._definitions import (
    ExperimentLoopType,
    InputBinaryDef,
    InputChannelDef,
    InputTableDef,
    LoopDef,
    Metadata,
    Node,
    OutputBinaryDef,
    OutputChannelDef,
    OutputTableDef,
    ParameterDef,
)
from limnode._programs import Program, ReduceProgram, TwoPassProgram, over_all
from limnode._separate import separateLabeledImage, separateLabeledImage3d

AnyInDef = InputChannelDef | InputBinaryDef | InputTableDef
AnyOutDef = OutputChannelDef | OutputBinaryDef | OutputTableDef
AnyInData = InputChannelData | InputBinaryData | InputTableData
AnyOutData = OutputChannelData | OutputBinaryData | OutputTableData

__all__ = [
    "AnyInData",
    "AnyInDef",
    "AnyOutData",
    "AnyOutDef",
    "ExperimentLoopType",
    "InputBinaryData",
    "InputBinaryDef",
    "InputChannelData",
    "InputChannelDef",
    "InputTableData",
    "InputTableDef",
    "LoopDef",
    "Metadata",
    "Node",
    "OutputBinaryData",
    "OutputBinaryDef",
    "OutputChannelData",
    "OutputChannelDef",
    "OutputTableData",
    "OutputTableDef",
    "ParameterDef",
    "Program",
    "ReduceProgram",
    "RunContext",
    "TwoPassProgram",
    "child_main",
    "separateLabeledImage",
    "separateLabeledImage3d",
]

if _version.IS_7:
    InDefTuple = tuple[AnyInDef, ...]
    OutDefTuple = tuple[AnyOutDef, ...]
    InDataTuple = tuple[AnyInData, ...]
    OutDataTuple = tuple[AnyOutData, ...]
    LoopDefs = list[LoopDef]
    UserParTuple = _version.UserParameters
    Program.overAll = over_all  # pyright: ignore[reportAttributeAccessIssue]
    print = print  # noqa: A001, PLW0127 - version 7 sends prints to its log
