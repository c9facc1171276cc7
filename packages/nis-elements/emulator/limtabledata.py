"""Tables: lists of columns, None where a value is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

Meta = dict[str, Any]


class LimTableDataBase:
    """A table, column after column.

    Parameters
    ----------
    name
        Name of the table.
    """

    def __init__(self, name: str = "") -> None:
        self.tableName = name
        self.colIdList: list[str] = []
        self._meta: dict[str, Meta] = {}
        self._data: dict[str, list[Any]] = {}

    @property
    def colTitleList(self) -> list[str]:
        """Titles of the columns."""
        return [self._meta[name].get("title", "") for name in self.colIdList]

    @property
    def colCount(self) -> int:
        """Number of columns."""
        return len(self.colIdList)

    @property
    def rowCount(self) -> int:
        """Number of rows."""
        return max((len(column) for column in self._data.values()), default=0)

    @property
    def rowDataList(self) -> list[list[Any]]:
        """Row after row; columns that were not filled are padded."""
        rows = self.rowCount
        columns = [[*self._data[name], *[None] * (rows - len(self._data[name]))] for name in self.colIdList]
        return [list(row) for row in zip(*columns, strict=True)]

    def setTableName(self, name: str) -> None:
        """Name the table."""
        self.tableName = name

    def insertCol(self, id: str, data: Sequence[Any] | None, meta: Meta) -> None:  # noqa: A002
        """Add a column."""
        if id not in self._meta:
            self.colIdList.append(id)
        known = {
            "decltype": "double",
            "title": "",
            "units": "",
            "feature": "",
            "loopName": "",
            "loopType": 0,
            "hidden": False,
        }
        self._meta[id] = {**known, **meta}
        self._data[id] = list(data or [])

    def removeAllCols(self) -> None:
        """Have no columns."""
        self.colIdList.clear()
        self._meta.clear()
        self._data.clear()

    def colMeta(self, col: str) -> Meta:
        """What is known of a column."""
        return self._meta[self.findCol(col)]

    def findCol(self, col: str) -> str:
        """Id of the column with this id, else of the first whose title the expression is found in, whatever its case.

        Raises
        ------
        ValueError
            When there is none.
        """
        if col in self._meta:
            return col
        for name, title in zip(self.colIdList, self.colTitleList, strict=True):
            if re.search(col, title, re.IGNORECASE):
                return name
        raise ValueError(f"there is no column {col}")

    def colData(self, col: str) -> list[Any]:
        """Values of a column."""
        return self._data[self.findCol(col)]

    def setColData(self, cols: Any, data: Any) -> None:  # noqa: ANN401 - as liberal as the original
        """Fill one column from a sequence, or several from several or from an array whose rows are columns."""
        if isinstance(cols, str):
            self._data[self.findCol(cols)] = [_value(each) for each in _sequence(data)]
            return
        names = [self.findCol(col) for col in cols]
        if len(names) == 1 and not _is_nested(data):
            data = [data]
        if len(names) != len(data):
            raise ValueError(f"{len(names)} columns are given {len(data)} columns of data")
        for name, column in zip(names, data, strict=True):
            self._data[name] = [_value(each) for each in _sequence(column)]

    def colArray(self, cols: Any) -> Any:  # noqa: ANN401
        """Columns as masked arrays."""
        if not isinstance(cols, str):
            return tuple(self.colArray(col) for col in cols)
        values = self.colData(cols)
        missing = [value is None for value in values]
        return np.ma.masked_array([0 if value is None else value for value in values], missing)

    def emptyCopy(self) -> LimTableDataBase:
        """The same columns without rows."""
        copy = LimTableDataBase(self.tableName)
        for name in self.colIdList:
            copy.insertCol(name, None, dict(self._meta[name]))
        return copy


def _sequence(data: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(data, np.ndarray):
        if data.ndim != 1:
            raise ValueError(f"a column is filled from one axis, not from {data.ndim}")
        return data.tolist()
    return list(data)


def _is_nested(data: Any) -> bool:  # noqa: ANN401
    if isinstance(data, np.ndarray):
        return data.ndim > 1
    return len(data) > 0 and isinstance(data[0], (list, tuple, np.ndarray))


def _value(value: Any) -> Any:  # noqa: ANN401
    return None if isinstance(value, float) and math.isnan(value) else value
