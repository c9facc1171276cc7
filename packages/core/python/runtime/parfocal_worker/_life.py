"""A worker never outlives the program that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_SYNCHRONIZE = 0x00100000
_FOREVER = 0xFFFFFFFF


def end_process_group() -> NoReturn:
    """End this process and every child in its process group, at once."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def die_with_host() -> None:
    """Arrange that the death of the host ends this process and its children, also inside native code.

    The host names a descriptor of a pipe that it keeps open and never writes to. On Linux the kernel kills the
    process group when the other end closes; nothing of Python has to run for that. On macOS a thread waits for the
    same, on Windows for the host's process.
    """
    line = os.environ.pop("PARFOCAL_LIFELINE", None)
    host = os.environ.pop("PARFOCAL_HOST_PID", None)
    if sys.platform == "linux":
        if line is None:
            _die_with_parent(None if host is None else int(host))
        else:
            _kill_group_at_hangup(int(line))
    elif sys.platform == "win32":
        if host is not None:
            threading.Thread(target=_wait_for_process, args=(int(host),), daemon=True, name="parfocal-host").start()
    elif line is not None:
        threading.Thread(target=_wait_for_end, args=(int(line),), daemon=True, name="parfocal-host").start()


def _kill_group_at_hangup(line: int) -> None:
    import fcntl
    import select

    os.set_inheritable(line, False)
    is_leader = os.getpgrp() == os.getpid()
    fcntl.fcntl(line, fcntl.F_SETOWN, -os.getpgrp() if is_leader else os.getpid())
    fcntl.fcntl(line, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(line, fcntl.F_SETFL, fcntl.fcntl(line, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(line, select.POLLIN)
    if poll.poll(0):  # it died before the kernel was told
        end_process_group()


def _die_with_parent(host: int | None) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if host is not None and os.getppid() != host:
        end_process_group()


def _wait_for_end(line: int) -> None:
    os.set_inheritable(line, False)
    os.read(line, 1)
    end_process_group()


def _wait_for_process(host: int) -> None:
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_SYNCHRONIZE, False, host)
    if handle:
        kernel32.WaitForSingleObject(handle, _FOREVER)
    end_process_group()
