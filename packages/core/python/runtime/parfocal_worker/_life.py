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
    """Arrange that the death of the host ends this process, even inside native code that holds the interpreter lock.

    On Linux the kernel sends SIGHUP when the host dies. Its handler is libc's `alarm`, which gets the signal's number, 1, as
    seconds: within that second the reader of the protocol sees the end of its input and ends the whole process group; where
    it cannot run, SIGALRM ends this process. Elsewhere a thread waits for the host.
    """
    host = int(os.environ.get("PARFOCAL_HOST_PID") or os.getppid())
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
        libc.signal.restype = ctypes.c_void_p
        libc.signal(signal.SIGHUP, ctypes.cast(libc.alarm, ctypes.c_void_p))
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGHUP), 0, 0, 0)
        if os.getppid() != host:  # it died before the request was in place
            end_process_group()
    else:
        wait = _wait_windows if sys.platform == "win32" else _wait_kqueue
        threading.Thread(target=wait, args=(host,), daemon=True, name="parfocal-host-watch").start()


def _wait_kqueue(host: int) -> None:
    import select

    queue = select.kqueue()  # type: ignore[attr-defined,unused-ignore]
    event = select.kevent(  # type: ignore[attr-defined,unused-ignore]
        host,
        filter=select.KQ_FILTER_PROC,  # type: ignore[attr-defined,unused-ignore]
        flags=select.KQ_EV_ADD,  # type: ignore[attr-defined,unused-ignore]
        fflags=select.KQ_NOTE_EXIT,  # type: ignore[attr-defined,unused-ignore]
    )
    try:
        queue.control([event], 1)
    except ProcessLookupError:  # gone already
        pass
    end_process_group()


def _wait_windows(host: int) -> None:
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_SYNCHRONIZE, False, host)
    if handle:
        kernel32.WaitForSingleObject(handle, _FOREVER)
    end_process_group()
