"""What `output()` sees: nodes, loops, and the definitions of inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from limtabledata import LimTableDataBase


class ExperimentLoopType(IntEnum):
    """Kinds of loops of an experiment."""

    Unknown = 0
    Plate = 1
    Well = 2
    XYSite = 3
    TLapse = 4
    ZStack = 5
    Count = 6
    Slide = 7
    Region = 8
    Temporary = 9


def change(item: object, **values: object) -> None:
    """Set fields of a frozen dataclass, as its own methods do."""
    for name, value in values.items():
        object.__setattr__(item, name, value)


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of the recipe."""

    name: str = ""
    uuid: str = ""
    defaultName: str = ""


@dataclass(frozen=True, kw_only=True)
class LoopDef:
    """One loop of the experiment."""

    name: str
    type: ExperimentLoopType
    index: int = 0

    def __post_init__(self) -> None:
        change(self, type=ExperimentLoopType(self.type))


@dataclass(frozen=True, kw_only=True)
class ParameterDef:
    """An input or an output of a node."""

    parentNode: Node = field(default_factory=Node)
    parName: str = ""
    parIsInput: bool = True
    loopDefList: list[LoopDef] = field(default_factory=list)

    def __post_init__(self) -> None:
        given: list[Any] = list(self.loopDefList)
        parent: Any = self.parentNode
        loops = [loop if isinstance(loop, LoopDef) else LoopDef(**loop) for loop in given]
        node = parent if isinstance(parent, Node) else Node(**parent)
        change(self, loopDefList=loops, parentNode=node)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Size, type and calibration of pixels.

    The order of `size` is not documented; here it is x, y, z, as that of `calibration`.
    """

    componentCount: int = 1
    bitsPerComponent: int = 8
    size: tuple[int, int, int] = (0, 0, 0)
    calibration: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alignment: int = 0

    @property
    def calibrated(self) -> tuple[bool, bool, bool]:
        """Whether x, y and z have a calibration."""
        x, y, z = self.calibration
        return x > 0, y > 0, z > 0

    @property
    def units(self) -> tuple[str, str, str]:
        """Units of x, y and z."""
        x, y, z = ("µm" if known else "px" for known in self.calibrated)
        return x, y, z

    def withDifferentSize(
        self, size: tuple[int, int, int], calibration: tuple[float, float, float] | None = None
    ) -> Any:  # noqa: ANN401 - the item itself, of whichever class
        """Make the output another size than the input."""
        change(self, size=tuple(size), **({} if calibration is None else {"calibration": tuple(calibration)}))
        return self

    def copyMetadataFrom(self, other: Metadata) -> Any:  # noqa: ANN401
        """Take over what another item says of its pixels."""
        change(
            self,
            componentCount=other.componentCount,
            bitsPerComponent=other.bitsPerComponent,
            size=other.size,
            calibration=other.calibration,
            alignment=other.alignment,
        )
        return self


def parse_color(color: object) -> int:
    """A colour as 0xRRGGBB; what cannot be read is black."""
    if isinstance(color, int):
        return color
    if isinstance(color, str) and len(color) == len("#RRGGBB") and color.startswith("#"):
        try:
            return int(color[1:], 16)
        except ValueError:
            return 0
    if isinstance(color, (tuple, list)) and len(color) == 3 and all(isinstance(part, int) for part in color):  # noqa: PLR2004
        red, green, blue = color
        return red << 16 | green << 8 | blue
    return 0


@dataclass(frozen=True, kw_only=True)
class InputChannelDef(Metadata, ParameterDef):
    """A channel that comes in."""

    channelName: str = ""
    channelColor: int = 0


@dataclass(frozen=True, kw_only=True)
class InputBinaryDef(Metadata, ParameterDef):
    """A binary that comes in."""

    binaryName: str = ""
    binaryColor: int = 0


@dataclass(frozen=True, kw_only=True)
class InputTableDef(ParameterDef):
    """A table that comes in."""

    tableDef: LimTableDataBase = field(default_factory=LimTableDataBase)


@dataclass(frozen=True, kw_only=True)
class OutputChannelDef(Metadata, ParameterDef):
    """A channel that goes out."""

    channelName: str = ""
    channelColor: int = 0

    def assign(self, channel: Any) -> OutputChannelDef:  # noqa: ANN401 - the wrong kind is refused
        """Be like an input."""
        if not isinstance(channel, InputChannelDef):
            raise TypeError(f"a channel is assigned a channel, not {type(channel).__name__}")
        change(self, channelName=channel.channelName, channelColor=channel.channelColor)
        return self.copyMetadataFrom(channel)

    def makeNewMono(self, name: str, color: object) -> OutputChannelDef:
        """One component."""
        change(self, channelName=name, channelColor=parse_color(color), componentCount=1)
        return self

    def makeNewRgb(self, name: str | None = None) -> OutputChannelDef:
        """Three components."""
        change(self, channelName=name or "RGB", componentCount=3)
        return self

    def makeFloat(self) -> OutputChannelDef:
        """Be float32."""
        change(self, bitsPerComponent=32)
        return self

    def makeUInt16(self) -> OutputChannelDef:
        """Be uint16."""
        change(self, bitsPerComponent=16)
        return self

    def makeUInt8(self) -> OutputChannelDef:
        """Be uint8."""
        change(self, bitsPerComponent=8)
        return self


@dataclass(frozen=True, kw_only=True)
class OutputBinaryDef(Metadata, ParameterDef):
    """A binary that goes out."""

    binaryName: str = ""
    binaryColor: int = 0

    def assign(self, binary: Any) -> OutputBinaryDef:  # noqa: ANN401
        """Be like an input."""
        if not isinstance(binary, InputBinaryDef):
            raise TypeError(f"a binary is assigned a binary, not {type(binary).__name__}")
        change(self, binaryName=binary.binaryName, binaryColor=binary.binaryColor)
        return self.copyMetadataFrom(binary)

    def makeNew(self, name: str, color: object) -> OutputBinaryDef:
        """One component; the type stays as it is, which is uint8 unless something else was said."""
        change(self, binaryName=name, binaryColor=parse_color(color), componentCount=1)
        return self

    def makeInt32(self) -> OutputBinaryDef:
        """Hold numbers of objects."""
        change(self, bitsPerComponent=32)
        return self

    def makeUInt8(self) -> OutputBinaryDef:
        """Hold a mask."""
        change(self, bitsPerComponent=8)
        return self


@dataclass(frozen=True, kw_only=True)
class OutputTableDef(ParameterDef):
    """A table that goes out."""

    tableDef: LimTableDataBase = field(default_factory=LimTableDataBase)

    def assign(self, table: Any) -> OutputTableDef:  # noqa: ANN401
        """Be like an input."""
        if not isinstance(table, InputTableDef):
            raise TypeError(f"a table is assigned a table, not {type(table).__name__}")
        change(self, tableDef=table.tableDef.emptyCopy())
        return self

    def makeEmpty(self, name: str) -> OutputTableDef:
        """No columns."""
        change(self, tableDef=LimTableDataBase(name))
        return self

    def makeNew(self, name: str, inpTable: InputTableDef | None = None) -> OutputTableDef:
        """The columns of an input, else those of the loops."""
        if inpTable is None:
            self.makeEmpty(name)
            return self.withLoopCols()
        self.assign(inpTable)
        self.tableDef.setTableName(name)
        return self

    def withLoopCols(self) -> OutputTableDef:
        """A column for each loop."""
        for loop in self.loopDefList:
            meta = {"decltype": "int", "title": loop.name, "loopName": loop.name, "loopType": int(loop.type)}
            self.tableDef.insertCol(f"_loop{loop.name}Index", None, meta)
        return self

    def withEntityCol(self) -> OutputTableDef:
        """The column of what a row is about."""
        self.tableDef.insertCol("_Entity", None, {"decltype": "QString", "title": "Entity"})
        return self

    def withObjectCols(self) -> OutputTableDef:
        """The columns that rows about objects have."""
        self.withEntityCol()
        self.tableDef.insertCol("_ObjId", None, {"decltype": "int", "title": "ObjectId"})
        return self

    def withObject3dCols(self) -> OutputTableDef:
        """The columns that rows about objects in volumes have."""
        self.withEntityCol()
        self.tableDef.insertCol("_ObjId3d", None, {"decltype": "int", "title": "ObjectId"})
        return self

    def _withCol(self, decltype: str, title: str, unit: str, feature: str, id: str) -> OutputTableDef:  # noqa: A002
        node = self.parentNode
        name = id or f"{node.uuid}.{node.defaultName}.{feature or title}"
        self.tableDef.insertCol(name, None, {"decltype": decltype, "title": title, "units": unit, "feature": feature})
        return self

    def withIntCol(self, title: str, unit: str = "", feature: str = "", id: str = "") -> OutputTableDef:  # noqa: A002
        """A column of whole numbers."""
        return self._withCol("int", title, unit, feature, id)

    def withFloatCol(self, title: str, unit: str = "", feature: str = "", id: str = "") -> OutputTableDef:  # noqa: A002
        """A column of numbers."""
        return self._withCol("double", title, unit, feature, id)

    def withStringCol(self, title: str, unit: str = "", feature: str = "", id: str = "") -> OutputTableDef:  # noqa: A002
        """A column of texts."""
        return self._withCol("QString", title, unit, feature, id)
