"""Calls that find the daemon by themselves, and survive its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parfocal_ga3._connection import Connection, Gone
from parfocal_ga3._daemon import read_state, start_daemon
from parfocal_ga3._errors import ParfocalError
from parfocal_ga3._log import log
from parfocal_ga3._places import places

Array = npt.NDArray[Any]

_connection: Connection | None = None
"""Of this process; the daemon frees what it holds for us when it is closed."""


@dataclass(frozen=True)
class Result:
    """What a module made of one image."""

    labels: npt.NDArray[np.int32]
    """Object of each pixel, with the image's axes but channels; 0 is background."""
    outputs: Mapping[str, Array]
    """The module's other arrays by name, such as `scores`."""
    warnings: tuple[str, ...]
    """What a person should know of how it was made."""
    provenance: Mapping[str, Any]
    """Module, version, parameters, device and environment."""
    timing: Mapping[str, float]
    """Milliseconds: `queueMs`, `loadMs`, `transferMs`, `computeMs`, `totalMs`."""


def segment(
    module: str,
    image: Array,
    axes: str,
    *,
    pixel_size: Mapping[str, float] | None = None,
    params: Mapping[str, Any] | None = None,
    device: str | None = None,
    should_abort: Callable[[], bool] | None = None,
) -> Result:
    """Segment one image with a module, in the daemon's warm worker.

    Nothing is installed: a module whose environment is missing is an error that says what to type.

    Parameters
    ----------
    module
        Name of an installed module, or the folder of one, or the worker file in one.
    image
        Of a shape and type that the module takes.
    axes
        One letter for each axis: `yx`, `yxc`, `zyx`, ...
    pixel_size
        Micrometres by axis.
    params
        Parameters by any of their names: the module's, Python's, or those of the model's own package.
    device
        `auto`, `cpu`, `cuda`, ...
    should_abort
        Asked while the model computes; True cancels.

    Raises
    ------
    ParfocalError
        With the cause and one next step.
    """
    query = {
        **_named(module),
        "params": json.dumps({name: _plain(value) for name, value in (params or {}).items()}),
        "build": "false",
        **({} if device is None else {"device": device}),
    }
    if places().start:
        query["from"] = places().start
    check = should_abort or (lambda: False)
    args = (np.asarray(image), axes, pixel_size or {}, query, check)
    try:
        outputs, job = _with_daemon(lambda connection: connection.segment(*args), check)
    except ParfocalError as error:
        if error.code == "WEIGHTS_MISSING":
            error.hint = (
                f"type `parfocal env install {module}` on a PC with a network; a node downloads nothing by itself"
            )
        log("%s failed: %s", module, error.message)
        raise
    labels = outputs.pop("labels")
    result = job["result"]
    return Result(labels, outputs, tuple(result["warnings"]), result["provenance"], result["timing"])


def copy_of(pixels: Array, axes: str, pixel_size: Mapping[str, float]) -> Array:
    """A copy of an image; where a daemon is known, in memory from which it need not be copied again to be segmented."""
    lent = None
    if _connection is not None and _connection.is_open:
        try:
            lent = _connection.lend(pixels.shape, pixels.dtype, axes, pixel_size)
        except Gone as error:
            log("%s", error)
    if lent is None:
        return pixels.copy()
    np.copyto(lent, pixels)
    return lent


def _with_daemon(call: Callable[[Connection], Any], should_abort: Callable[[], bool]) -> Any:
    """Once on the connection there is, then on a new one, then with a new daemon."""
    global _connection
    openers: list[Callable[[], Connection | None]] = [lambda: _connection, _found, lambda: _started(should_abort)]
    last: Gone | None = None
    for opener in openers:
        connection = opener()
        if connection is None:
            continue
        try:
            result = call(connection)
        except Gone as error:
            log("%s", error)
            _connection = None
            last = error
            continue
        except ParfocalError:
            _connection = connection if connection.is_open else None
            raise
        _connection = connection
        return result
    raise ParfocalError(
        f"the daemon was started and then went away: {last}",
        "type `parfocal daemon logs` to see what it last said",
        "DAEMON_UNREACHABLE",
    )


def _found() -> Connection | None:
    daemon = read_state(places())
    return None if daemon is None else Connection(daemon)


def _started(should_abort: Callable[[], bool]) -> Connection:
    return Connection(start_daemon(places(), should_abort))


def _named(module: str) -> dict[str, str]:
    path = Path(module)
    if not path.is_absolute():
        return {"module": module}
    if path.suffix != ".py":
        return {"folder": str(path)}
    for folder in path.parents[:2]:
        if (folder / "module.json").exists():
            return {"folder": str(folder)}
    raise ParfocalError(
        f"{path} belongs to no module, which says in what environment it runs",
        "type `parfocal new` to make a module, and put the worker into it",
        "MODULE_NOT_FOUND",
    )


def _plain(value: Any) -> Any:
    """A value as JSON takes it."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value
