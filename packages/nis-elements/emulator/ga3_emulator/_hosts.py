"""Where the functions of a script are called: in this process, or in a child that gets the script on its stdin."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from ga3_emulator._job import Job
from limnode._child import READY, BuildRequest, OutputRequest, RunAnswer, RunRequest, SharedArray
from limnode._definitions import change
from limnode._version import arguments
from limnode._watched import watched

Items = tuple[Any, ...]
POISON = 0xA5
"""What inputs are overwritten with after a call, so that a view that was kept shows."""


class Aborted(Exception):  # noqa: N818 - not a mistake
    """The person stopped the recipe."""


class Host(Protocol):
    """What calls a script's functions. Errors of the script are ChildProcessError with its traceback."""

    @property
    def child(self) -> int | None:
        """Process id of the child; None when there is none."""
        ...

    def output(self, inp: Items, out: Items) -> Items:
        """Definitions of the outputs."""
        ...

    def build(self, loops: list[Any]) -> Any:  # noqa: ANN401
        """The program, None for one call per frame."""
        ...

    def run(
        self, inp: Items, out: Items, ctx: Any, arrays: Mapping[str, Any], abort: Callable[[], bool]
    ) -> tuple[Items, list[str]]:  # noqa: ANN401
        """Call on one frame; arrays by parameter's name, outputs are filled in place."""
        ...

    def close(self) -> list[str]:
        """End it. What it printed."""
        ...


class InProcess:
    """The script is run in this process."""

    child: int | None = None

    def __init__(self, job: Job) -> None:
        self._job = job
        self._load()
        if job.editor:
            self._load()

    def _load(self) -> None:
        self._module = ModuleType("script")  # it has no file
        try:
            exec(compile(self._job.script, "<string>", "exec"), self._module.__dict__)  # noqa: S102 - what it is for
        except Exception as error:
            raise ChildProcessError(traceback.format_exc()) from error

    def _call(self, name: str, *given: Any) -> Any:  # noqa: ANN401
        function = getattr(self._module, name, None)
        if function is None:
            return None
        try:
            return function(*arguments(name, function, *given))
        except Exception as error:
            raise ChildProcessError(traceback.format_exc()) from error

    def output(self, inp: Items, out: Items) -> Items:
        """Definitions of the outputs."""
        self._call("output", inp, out)
        return out

    def build(self, loops: list[Any]) -> Any:  # noqa: ANN401
        """The program, None for one call per frame."""
        return self._call("build", loops)

    def run(
        self, inp: Items, out: Items, ctx: Any, arrays: Mapping[str, Any], abort: Callable[[], bool]
    ) -> tuple[Items, list[str]]:  # noqa: ANN401
        """Call on one frame."""
        findings: list[str] = []
        for item in (*inp, *out):
            if item.parName in arrays:
                data = arrays[item.parName]
                change(item, data=data if item.parIsInput else watched(data, findings))
        change(ctx, _shouldAbort=abort)
        try:
            self._call("run", inp, out, ctx)
        except ChildProcessError:
            if abort():
                raise Aborted from None
            raise
        for item in inp:
            _poison(arrays[item.parName])
        if abort():
            raise Aborted
        return out, findings

    def close(self) -> list[str]:
        """Nothing is left."""
        return []


class OutOfProcess:
    """The script is run by a child, as its main module."""

    @property
    def child(self) -> int | None:
        """Process id of the child."""
        return self._process.pid

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder = tempfile.TemporaryDirectory(prefix="nis ü ")
        self._printed = Path(self._folder.name) / "printed.txt"
        try:
            self._start()
        except ChildProcessError:
            self.close()
            raise

    def _start(self) -> None:
        python = self._job.python or getattr(sys, "_base_executable", sys.executable)
        self._connection, theirs = Pipe(duplex=True)
        with self._printed.open("ab") as printed:
            self._process = subprocess.Popen(  # noqa: S603
                [python, "-", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
                pass_fds=[theirs.fileno()],
                env=self._environment(python),
                cwd=self._folder.name,
            )
        theirs.close()
        assert self._process.stdin is not None
        self._process.stdin.write(self._job.script.encode("utf-8"))
        self._process.stdin.close()
        answer = self._answer(lambda: False)
        assert answer == READY, answer

    def _environment(self, python: str) -> dict[str, str]:
        home, version = _installation(python)
        site = Path(self._folder.name) / "lib" / f"python{version}" / "site-packages"
        site.mkdir(parents=True, exist_ok=True)
        own = [str(Path(__file__).parents[1]), *(self._job.packages or [str(Path(np.__file__).parents[1])])]
        (site / "nis.pth").write_text("\n".join(own), "utf-8")
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return {
            **kept,
            "PYTHONHOME": home,
            "PYTHONUSERBASE": self._folder.name,  # stands for packages in NIS-Elements' own Python
            "PATH": os.pathsep.join([str(Path(python).parent), kept.get("PATH", "")]),
            "LIMNODE_VERSION": self._job.version,
            **self._job.variables,
        }

    def _answer(self, abort: Callable[[], bool]) -> Any:  # noqa: ANN401
        while not self._connection.poll(0.1):
            if abort():
                self._process.kill()
                self._process.wait()
                raise Aborted
            if self._process.poll() is not None and not self._connection.poll(0):
                raise self._ended()
        try:
            answer = self._connection.recv()
        except (EOFError, ConnectionError):
            raise self._ended() from None
        if isinstance(answer, ChildProcessError):
            raise answer
        return answer

    def _ended(self) -> ChildProcessError:
        code = self._process.wait()
        return ChildProcessError(f"the child ended with {code}: {self._printed.read_text('utf-8', 'replace')}")

    def _ask(self, request: object, abort: Callable[[], bool] = lambda: False) -> Any:  # noqa: ANN401
        if self._process.poll() is not None:
            self._start()
        self._connection.send(request)
        return self._answer(abort)

    def output(self, inp: Items, out: Items) -> Items:
        """Definitions of the outputs."""
        return self._ask(OutputRequest(inp, out))

    def build(self, loops: list[Any]) -> Any:  # noqa: ANN401
        """The program, None for one call per frame."""
        return self._ask(BuildRequest(loops))

    def run(
        self, inp: Items, out: Items, ctx: Any, arrays: Mapping[str, Any], abort: Callable[[], bool]
    ) -> tuple[Items, list[str]]:  # noqa: ANN401
        """Call on one frame."""
        blocks: dict[str, SharedMemory] = {}
        shared: dict[str, SharedArray] = {}
        views: dict[str, Any] = {}
        try:
            for name, array in arrays.items():
                blocks[name] = SharedMemory(create=True, size=max(1, array.nbytes))
                views[name] = np.ndarray(array.shape, array.dtype, blocks[name].buf)
                views[name][...] = array
                shared[name] = SharedArray(blocks[name].name, array.shape, array.dtype.name)
            answer: RunAnswer = self._ask(RunRequest(inp, out, ctx, shared), abort)
            for item in out:
                if item.parName in arrays:
                    arrays[item.parName][...] = views[item.parName]
            for item in inp:
                _poison(views[item.parName])
            return answer.out, answer.findings
        finally:
            views.clear()
            for block in blocks.values():
                block.close()
                block.unlink()

    def close(self) -> list[str]:
        """End the child. What it printed."""
        with suppress(OSError):
            self._connection.send(None)
        self._connection.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        printed = self._printed.read_text("utf-8", "replace")
        self._folder.cleanup()
        return printed.splitlines()


@cache
def _installation(python: str) -> tuple[str, str]:
    """Folder and minor version of an interpreter."""
    home, version = subprocess.run(  # noqa: S603
        [python, "-c", "import sys; print(sys.base_prefix, '%d.%d' % sys.version_info[:2], sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
    ).stdout.splitlines()
    return home, version


def _poison(array: Any) -> None:  # noqa: ANN401
    array.view(np.uint8).fill(POISON) if array.flags.c_contiguous else array.fill(0)


def elapsed(since: float) -> float:
    """Milliseconds since a time of `time.perf_counter`."""
    return (time.perf_counter() - since) * 1e3
