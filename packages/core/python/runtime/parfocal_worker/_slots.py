"""Arrays in shared files: input slots that the host writes, output slots that this process makes in its arena."""

from __future__ import annotations

import errno
import functools
import mmap
import os
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parfocal_worker._errors import ProtocolError, SlotsFullError
from parfocal_worker._npy import HEADER_BYTES, SlotArray, format_header, parse_header

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CANNOT_RESERVE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_ZEROS = bytes(1024 * 1024)
_CAPACITY_STEP = 64 * 1024
_MAPS_SEE_WRITES = (
    sys.platform != "win32"
)  # Windows does not promise that a mapping sees what another process wrote to the file


@dataclass(frozen=True)
class SlotRef:
    """One array in a slot, as messages name it.

    Attributes
    ----------
    path : str
        Absolute path of the slot.
    generation : int
        Rises each time the slot is used again.
    array : SlotArray
        dtype and shape.
    """

    path: str
    generation: int
    array: SlotArray

    def to_message(self) -> dict[str, Any]:
        """The reference as JSON."""
        return {
            "path": self.path,
            "generation": self.generation,
            "dtype": self.array.dtype,
            "shape": list(self.array.shape),
            "bytes": self.array.nbytes,
        }

    @staticmethod
    def from_message(value: Any) -> SlotRef:
        """Read a reference from a message.

        Raises
        ------
        ProtocolError
            A field is missing or does not fit the others.
        """
        try:
            shape = tuple(value["shape"])
            if not all(isinstance(length, int) and length >= 0 for length in shape):
                raise ValueError(f"shape {shape}")
            ref = SlotRef(str(value["path"]), int(value["generation"]), SlotArray(str(value["dtype"]), shape))
            if ref.array.nbytes != value["bytes"]:
                raise ValueError(f"{value['bytes']} bytes for {ref.array.dtype} {shape}")
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"a message names a slot wrongly: {error}") from error
        return ref


class InputSlots:
    """Read-only views of slots that others write. Each slot is mapped once and mapped anew when it has grown."""

    def __init__(self) -> None:
        self._maps: dict[str, mmap.mmap] = {}
        self._generations: dict[str, int] = {}

    def view(self, ref: SlotRef) -> np.ndarray:
        """The array in a slot, without a copy.

        Parameters
        ----------
        ref : SlotRef

        Returns
        -------
        ndarray
            Read-only, C order. Valid until the host uses the slot again, which it does after the answer.

        Raises
        ------
        ProtocolError
            The slot is gone, shorter than the array, of an older generation, or holds another array than the message
            says.
        """
        if ref.generation < self._generations.get(ref.path, 0):
            raise ProtocolError(f"slot {ref.path} is named with generation {ref.generation}, which is over")
        self._generations[ref.path] = ref.generation
        needed = HEADER_BYTES + ref.array.nbytes
        block = self._maps.get(ref.path) if _MAPS_SEE_WRITES else None
        if block is None or len(block) < needed:
            block = self._open(ref.path, needed)
            self._maps[ref.path] = block
        try:
            found = parse_header(block[:HEADER_BYTES])
        except ValueError as error:
            raise ProtocolError(f"slot {ref.path}: {error}") from error
        if found != ref.array:
            raise ProtocolError(
                f"slot {ref.path} holds {found.dtype} {found.shape}, "
                f"the message says {ref.array.dtype} {ref.array.shape}"
            )
        return _array_over(block, ref.array)

    def forget(self, path: str) -> None:
        """Drop the mapping of a slot that is no longer used."""
        self._maps.pop(path, None)
        self._generations.pop(path, None)

    def _open(self, path: str, needed: int) -> mmap.mmap:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError as error:
            raise ProtocolError(f"slot {path} cannot be opened: {error.strerror}") from error
        try:
            size = os.fstat(descriptor).st_size
            if size < needed:
                raise ProtocolError(f"slot {path} has {size} bytes, {needed} are needed")
            return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)


@dataclass
class _OutputSlot:
    path: str
    block: mmap.mmap
    generation: int = 0


@dataclass
class OutputSlots:
    """Slots that this process makes in the host's arena and uses again once the host has finished with them.

    Attributes
    ----------
    folder : str
        The host's arena.
    fallback : str
        Folder on disk for what does not fit there; made when it is first needed.
    prefix : str
        Start of the names of this process's slots.
    """

    folder: str
    fallback: str
    prefix: str
    _free: list[_OutputSlot] = field(default_factory=list)
    _allocated: dict[int, tuple[_OutputSlot, np.ndarray]] = field(default_factory=dict)
    _held: dict[str, _OutputSlot] = field(default_factory=dict)
    _count: int = 0
    _warnings: list[str] = field(default_factory=list)

    def allocate(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """Array in a slot, for a result that is then written without a copy.

        Parameters
        ----------
        shape : tuple of int
        dtype : dtype
            One that slots take.

        Returns
        -------
        ndarray
            C order, filled with whatever was there. Good until `write` or `reclaim`.

        Raises
        ------
        SlotsFullError
            Neither the arena nor the fallback folder has room.
        ValueError
            The shape does not fit into a slot header.
        """
        array = SlotArray(dtype_name(dtype), shape)
        format_header(array)  # what cannot be sent is said before it is computed
        slot = self._take(HEADER_BYTES + array.nbytes)
        values = _array_over(slot.block, array)
        self._allocated[id(values)] = slot, values
        return values

    def reclaim(self) -> None:
        """Take back what was allocated and not written."""
        self._free.extend(slot for slot, _ in self._allocated.values())
        self._allocated.clear()

    def write(self, values: np.ndarray) -> SlotRef:
        """Put an array into a slot; one from `allocate` lies there already, views of it do not.

        Parameters
        ----------
        values : ndarray
            Any memory order; of a dtype that slots take.

        Returns
        -------
        SlotRef

        Raises
        ------
        SlotsFullError
            Neither the arena nor the fallback folder has room.
        ValueError
            The shape does not fit into a slot header.
        """
        array = SlotArray(dtype_name(values.dtype), values.shape)
        header = format_header(array)
        needed = HEADER_BYTES + array.nbytes
        slot, _ = self._allocated.pop(id(values), (None, None))
        if slot is None:
            slot = self._take(needed)
            np.copyto(_array_over(slot.block, array), values, casting="no")
        slot.generation += 1
        slot.block[:HEADER_BYTES] = header
        self._held[slot.path] = slot
        return SlotRef(slot.path, slot.generation, array)

    def release(self, paths: list[str]) -> list[str]:
        """Take back slots that the host has finished with.

        Returns
        -------
        list of str
            Paths that are not slots of this process.
        """
        foreign = []
        for path in paths:
            slot = self._held.pop(path, None)
            if slot is None:
                foreign.append(path)
            else:
                self._free.append(slot)
        return foreign

    def held_view(self, ref: SlotRef) -> np.ndarray | None:
        """Read-only array in a slot of this process that the host still holds, None when the slot is another's."""
        slot = self._held.get(ref.path)
        if slot is None or slot.generation != ref.generation:
            return None
        values = _array_over(slot.block, ref.array)
        values.flags.writeable = False
        return values

    def take_warnings(self) -> list[str]:
        """What the caller should know of how slots were found since the last time."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def _take(self, needed: int) -> _OutputSlot:
        fitting = [slot for slot in self._free if len(slot.block) >= needed]
        if fitting:
            best = min(fitting, key=lambda slot: len(slot.block))
            self._free.remove(best)
            return best
        self._drop_free()
        try:
            return self._create(self.folder, needed)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
        try:
            os.makedirs(self.fallback, mode=0o700, exist_ok=True)
            slot = self._create(self.fallback, needed)
        except OSError as error:
            raise SlotsFullError(
                f"no room for {needed} bytes: {self.folder} is full, and {self.fallback}: {error.strerror or error}"
            ) from error
        self._warnings.append(
            f"shared memory is full ({self.folder}): {needed} bytes went through a file in {self.fallback}"
        )
        return slot

    def _create(self, folder: str, needed: int) -> _OutputSlot:
        self._count += 1
        path = os.path.join(folder, f"{self.prefix}-{self._count}.npy")
        capacity = -(-needed // _CAPACITY_STEP) * _CAPACITY_STEP
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            reserve(descriptor, capacity)
            return _OutputSlot(path, mmap.mmap(descriptor, capacity))
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)

    def _drop_free(self) -> None:
        """Give up free slots that were too small, so that growing images do not leave a trail of them."""
        for slot in self._free:
            try:
                os.unlink(slot.path)
            except OSError:  # someone cleaned up before; the memory is freed with the mapping
                pass
        self._free.clear()


def reserve(descriptor: int, size: int) -> None:
    """Make a file of zeros whose space is really there, so that writing into a mapping of it cannot fail.

    Raises
    ------
    OSError
        ENOSPC where there is no room.
    """
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
            return
        except OSError as error:
            if error.errno not in _CANNOT_RESERVE:
                raise
    os.lseek(descriptor, 0, os.SEEK_SET)
    left = size
    while left:
        left -= os.write(descriptor, _ZEROS[: min(left, len(_ZEROS))])


@functools.cache
def dtype_name(dtype: np.dtype[Any]) -> str:
    """`dtype.name`, which numpy makes up anew each time."""
    return dtype.name


def _array_over(block: mmap.mmap, array: SlotArray) -> np.ndarray:
    return np.ndarray(array.shape, array.dtype, buffer=block, offset=HEADER_BYTES)
