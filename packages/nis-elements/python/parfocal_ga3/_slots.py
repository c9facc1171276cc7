"""Memory of the daemon that images are put into."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parfocal_ga3._memory import SharedMemory

Array = npt.NDArray[Any]
Ask = Callable[[str, str, "Mapping[str, str] | None", Any], "dict[str, Any]"]

_MOST = 3
PIXELS = {"content-type": "application/octet-stream"}
"""Headers of requests whose body, if any, is pixels."""


@dataclass
class Slot:
    """Room for one image of a shape, type, axes and pixel size."""

    id: str
    spec: Mapping[str, str]
    place: Mapping[str, Any]
    address: int
    lent: bool = False
    """Somebody outside still refers to its pixels."""


class Slots:
    """Slots of one connection, which end with it.

    Parameters
    ----------
    ask
        Method, path, headers and body to the daemon's answer; may raise OSError or what the daemon says.
    memory
        Maps them.
    """

    def __init__(self, ask: Ask, memory: SharedMemory) -> None:
        self._ask = ask
        self._memory = memory
        self._slots: list[Slot] = []

    def lend(self, spec: Mapping[str, str], dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array | None:
        """Pixels to fill, kept from all else until nothing refers to them; None while most of the slots are lent."""
        if sum(slot.lent for slot in self._slots) >= _MOST - 1:
            return None
        slot = self._free(spec, dtype, shape)
        if slot is None:
            return None
        lent = self._memory.array(slot.place, dtype, shape)
        slot.lent = True
        weakref.finalize(lent, setattr, slot, "lent", False).atexit = False
        return lent.reshape(shape)

    def fill(self, image: Array, spec: Mapping[str, str]) -> Slot | None:
        """The slot that an image lies in, which it is copied to unless it was lent there; None while all are lent."""
        address = image.__array_interface__["data"][0]
        for slot in self._slots:
            if slot.address == address and slot.spec == spec and image.flags.c_contiguous:
                return slot
        slot = self._free(spec, image.dtype, image.shape)
        if slot is not None:
            np.copyto(self._memory.array(slot.place, image.dtype, image.shape).reshape(image.shape), image)
        return slot

    def _free(self, spec: Mapping[str, str], dtype: np.dtype[Any], shape: tuple[int, ...]) -> Slot | None:
        free = [slot for slot in self._slots if not slot.lent]
        for slot in free:
            if slot.spec == spec:
                return slot
        for slot in free:  # memory for images of another kind
            self._slots.remove(slot)
            self._ask("DELETE", f"/v1/slots/{slot.id}", None, None)
        if len(self._slots) >= _MOST:
            return None
        told = self._ask("POST", "/v1/slots", {**PIXELS, **spec}, b"")
        pixels = self._memory.array(told, dtype, shape)
        slot = Slot(told["id"], dict(spec), told, pixels.__array_interface__["data"][0])
        self._slots.append(slot)
        return slot
