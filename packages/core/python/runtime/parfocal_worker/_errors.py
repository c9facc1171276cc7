"""Errors that mean something to the host, and what any other exception means."""

from __future__ import annotations

import re
import traceback
from typing import Any

_GPU_MEMORY = re.compile(
    r"cuda out of memory|hip out of memory|mps backend out of memory|cuda(?: failure| error)?[^\n]{0,40}out of memory"
    r"|cublas_status_alloc_failed|cudnn_status_alloc_failed|cudaerrormemoryallocation|e_outofmemory|8007000e"
    r"|bfcarena::allocaterawinternal",
    re.IGNORECASE,
)
_CPU_MEMORY = re.compile(
    r"std::bad_alloc|^bad allocation$|defaultcpuallocator: (?:can't|not enough)|failed to allocate memory"
    r"|cannot allocate memory"
    r"|unable to allocate|not enough memory",
    re.IGNORECASE,
)

_MESSAGE_LENGTH = 10_000
_TRACEBACK_LENGTH = 100_000


class BadInputError(Exception):
    """The image cannot be used.

    Parameters
    ----------
    message : str
        What is wrong with it, with numbers: "3 channels, this model takes 1".
    hint : str, optional
        The one thing to do next.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class WeightsError(Exception):
    """The weight files are missing or cannot be used.

    Parameters
    ----------
    message : str
        Which file, and what is wrong with it.
    hint : str, optional
        The one thing to do next.
    missing : bool
        True when the files are not there at all.
    """

    def __init__(self, message: str, hint: str | None = None, missing: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.missing = missing


class DeviceUnavailableError(RuntimeError):
    """A device was asked for by name and is not there or cannot be used.

    Parameters
    ----------
    message : str
        Which device, and why not.
    hint : str, optional
        The one thing to do next.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Cancelled(BaseException):  # noqa: N818  named for what happened, as asyncio does
    """The call was cancelled. Not an `Exception`, so that a model's own `except Exception` does not swallow it."""


class WorkerFileError(Exception):
    """A `worker.py` that is not one."""

    hint = "write class Model in the module's python/worker.py"


class OutputError(Exception):
    """A model returned something that is not what its module promises."""


class SlotsFullError(Exception):
    """Neither shared memory nor the temporary folder has room for an array."""


class ProtocolError(Exception):
    """The other side sent something that is not the worker protocol."""


class ProtocolVersionError(ProtocolError):
    """The other side speaks a version of the protocol that this one does not."""


def memory_place(error: BaseException) -> str | None:
    """Where memory ran out, by exception type and text.

    Returns
    -------
    str or None
        "gpu", "cpu", or None when the error is about something else.
    """
    text = str(error)
    name = type(error).__name__
    if _GPU_MEMORY.search(text):
        return "gpu"
    if name == "OutOfMemoryError" and type(error).__module__.startswith("torch"):
        return "gpu"
    if isinstance(error, MemoryError):
        return "cpu"
    if isinstance(error, (RuntimeError, OSError)) or "onnxruntime" in type(error).__module__:
        return "cpu" if _CPU_MEMORY.search(text) else None
    return None


def describe_error(error: BaseException) -> dict[str, Any]:
    """Fields of an `error` message for any exception.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    dict
        `code`, `message`, `hint`, `pythonType`, `traceback`, and `where` for OUT_OF_MEMORY.
    """
    fields: dict[str, Any] = {
        "code": "MODEL_ERROR",
        "message": (str(error).strip() or type(error).__name__)[:_MESSAGE_LENGTH],
        "hint": getattr(error, "hint", None) if isinstance(getattr(error, "hint", None), str) else None,
        "pythonType": type(error).__name__,
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__))[-_TRACEBACK_LENGTH:],
    }
    if isinstance(error, BadInputError):
        fields["code"] = "INPUT_REJECTED"
    elif isinstance(error, WeightsError):
        fields["code"] = "WEIGHTS_MISSING" if error.missing else "WEIGHTS_INVALID"
    elif isinstance(error, DeviceUnavailableError):
        fields["code"] = "DEVICE_UNAVAILABLE"
    elif isinstance(error, Cancelled):
        fields["code"] = "CANCELLED"
    elif isinstance(error, SlotsFullError):
        fields["code"] = "SLOTS_FULL"
    elif isinstance(error, ProtocolVersionError):
        fields["code"] = "PROTOCOL_VERSION"
    elif isinstance(error, ProtocolError):
        fields["code"] = "PROTOCOL_ERROR"
    else:
        place = memory_place(error)
        if place is not None:
            fields["code"] = "OUT_OF_MEMORY"
            fields["where"] = place
    return fields
