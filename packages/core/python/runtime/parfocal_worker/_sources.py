"""The files that a reader keeps open."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from parfocal_worker._context import Context
from parfocal_worker._errors import BadInputError, memory_place
from parfocal_worker._model import Selection
from parfocal_worker._outputs import check_array

_OPEN_FILES = 4


class Sources:
    """Open files by path and parameters, those read last; a file that changed since is opened anew.

    Parameters
    ----------
    reader : object
        The worker's `Model`.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._files: OrderedDict[tuple[str, str], tuple[tuple[int, ...], Any]] = OrderedDict()

    def header(self, path: str, params: dict[str, Any], context: Context) -> dict[str, Any]:
        """What a file says of itself, with the names of the protocol.

        Raises
        ------
        BadInputError
            The file cannot be read.
        """
        header = self._open(path, params, context).header
        names = {"pixel_size": "pixelSize"}
        positions = [{names.get(key, key): value for key, value in it.items()} for it in header["positions"]]
        return {**header, "positions": positions}

    def read(self, path: str, params: dict[str, Any], chosen: dict[str, Any], context: Context) -> np.ndarray:
        """Pixels of a selection, (y, x).

        Raises
        ------
        BadInputError
            The file cannot be read.
        """
        y0, y1, x0, x1 = chosen["window"]
        selection = Selection(chosen["position"], chosen["t"], chosen["c"], chosen["z"], slice(y0, y1), slice(x0, x1))
        file = self._open(path, params, context)
        try:
            return check_array("the plane", np.asarray(file.read(selection, context)))
        except Exception as error:
            self.forget(path)
            raise _unreadable(path, error) from error

    def forget(self, path: str) -> None:
        """Close a file, with whatever parameters it was opened."""
        for key in [key for key in self._files if key[0] == path]:
            _, file = self._files.pop(key)
            file.close()

    def _open(self, path: str, params: dict[str, Any], context: Context) -> Any:
        key = (path, json.dumps(params, sort_keys=True))
        try:
            stat = os.stat(path)
            state = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if key in self._files and self._files[key][0] == state:
                self._files.move_to_end(key)
                return self._files[key][1]
            self.forget(path)
            file = self._reader.open(Path(path), params, context)
        except Exception as error:
            raise _unreadable(path, error) from error
        self._files[key] = (state, file)
        while len(self._files) > _OPEN_FILES:
            self.forget(next(iter(self._files))[0])
        return file


def _unreadable(path: str, error: Exception) -> Exception:
    """A file that a library stumbles over is damaged, as far as anybody can tell; want of memory is not its fault."""
    if memory_place(error) is not None:
        return error
    if isinstance(error, BadInputError):
        return BadInputError(f"{path}: {error}", hint=error.hint)
    why = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    hint = "open it in the program that wrote it, and save it again"
    return BadInputError(f"{path} cannot be read: {why}", hint=hint)
