"""Memory that the daemon and this process both see."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_KEPT = 16


@dataclass(frozen=True)
class _Mapped:
    identity: tuple[int, int]
    memory: mmap.mmap


class SharedMemory:
    """Files of the daemon, mapped once and kept: it uses them again for one image after another."""

    def __init__(self) -> None:
        self._files: dict[str, _Mapped] = {}

    def array(self, place: Mapping[str, Any], dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """The array in a slot, which may be written to.

        Parameters
        ----------
        place
            `path` and `offset` in bytes, as the daemon says.
        dtype, shape
            Of the array, C order.

        Returns
        -------
        An array of one axis; its views keep it alive.

        Raises
        ------
        OSError, ValueError
            When the file cannot be mapped or is too small.
        """
        path = place["path"]
        count = int(np.prod(shape))
        return np.frombuffer(self._map(path), dtype, count, place["offset"])

    def _map(self, path: str) -> mmap.mmap:
        file = os.open(path, os.O_RDWR)
        try:
            about = os.fstat(file)
            identity = (about.st_ino, about.st_size)
            known = self._files.get(path)
            if known is not None and known.identity == identity:
                return known.memory
            if len(self._files) >= _KEPT:
                self._files.clear()
            flags = {} if os.name == "nt" else {"flags": mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)}
            memory = mmap.mmap(file, 0, **flags)
            self._files[path] = _Mapped(identity, memory)
            return memory
        finally:
            os.close(file)
