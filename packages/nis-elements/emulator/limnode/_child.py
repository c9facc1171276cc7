"""The process that a node runs in when it does not run in NIS-Elements itself."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from limnode._data import RunContext
from limnode._definitions import LoopDef, change
from limnode._version import arguments
from limnode._watched import watched

READY = "CHILD PROCESS READY"


@dataclass(frozen=True)
class SharedArray:
    """An array in shared memory."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class OutputRequest:
    """Call `output`."""

    inp: tuple[Any, ...]
    out: tuple[Any, ...]


@dataclass(frozen=True)
class BuildRequest:
    """Call `build`."""

    loops: list[LoopDef]


@dataclass(frozen=True)
class RunRequest:
    """Call `run`."""

    inp: tuple[Any, ...]
    out: tuple[Any, ...]
    ctx: RunContext
    shm: Mapping[str, SharedArray] = field(default_factory=dict)


@dataclass(frozen=True)
class RunAnswer:
    """What `run` left."""

    out: tuple[Any, ...]
    findings: list[str]


def child_main(
    run: Callable[..., Any], output: Callable[..., Any] | None = None, build: Callable[..., Any] | None = None
) -> None:
    """Answer requests until there are no more.

    Here the pipe is inherited as a descriptor; on Windows it is taken from the parent by its handle.
    """
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    connection.send(READY)
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        try:
            if isinstance(request, OutputRequest):
                if output is not None:
                    output(*arguments("output", output, request.inp, request.out))
                answer: Any = request.out
            elif isinstance(request, BuildRequest):
                answer = None if build is None else build(*arguments("build", build, request.loops))
            elif isinstance(request, RunRequest):
                answer = _run(run, request)
            else:
                return
        except Exception:  # noqa: BLE001 - whatever the script raises is told
            answer = ChildProcessError(traceback.format_exc())
        connection.send(answer)


def _run(run: Callable[..., Any], request: RunRequest) -> RunAnswer:
    blocks = {name: _attach(array.name) for name, array in request.shm.items()}
    findings: list[str] = []
    try:
        for item in (*request.inp, *request.out):
            shared = request.shm.get(item.parName)
            if shared is not None:
                data = np.ndarray(shared.shape, shared.dtype, blocks[item.parName].buf)
                change(item, data=data if item.parIsInput else watched(data, findings))
        run(*arguments("run", run, request.inp, request.out, request.ctx))
        return RunAnswer(request.out, findings)
    finally:
        for item in (*request.inp, *request.out):
            if item.parName in request.shm:
                change(item, data=None)
        for block in blocks.values():
            try:
                block.close()
            except BufferError:
                block._mmap = None  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue] - the script kept a view


def _attach(name: str) -> SharedMemory:
    block = SharedMemory(name)
    resource_tracker.unregister(block._name, "shared_memory")  # noqa: SLF001 # pyright: ignore - the parent removes it
    return block
