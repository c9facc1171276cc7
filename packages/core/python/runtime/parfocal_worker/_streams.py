"""Takes stdin and stdout for the protocol before anything else can use them."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
from typing import NamedTuple

_IOLBF = 1  # of <stdio.h>, the same number on Linux and macOS


class Streams(NamedTuple):
    """File descriptors of the protocol.

    Attributes
    ----------
    incoming, outgoing : int
        What was stdin and stdout.
    """

    incoming: int
    outgoing: int


def claim_streams() -> Streams:
    """Move the protocol away from stdin and stdout.

    Afterwards everything that Python, C code and child processes print goes to stderr, and whoever reads stdin finds
    it empty.
    The two descriptors are not inherited by child processes.
    """
    incoming = os.dup(0)
    outgoing = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if os.name == "nt":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)  # type: ignore[attr-defined]
        msvcrt.setmode(outgoing, os.O_BINARY)  # type: ignore[attr-defined]
    if sys.stdout is not None:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
    _line_buffer_c_stdout()
    return Streams(incoming, outgoing)


def _line_buffer_c_stdout() -> None:
    """Make C's stdout reach the log line by line, also when the process dies."""
    name = {"linux": "stdout", "darwin": "__stdoutp"}.get(sys.platform)
    if name is None:
        return
    library = ctypes.CDLL(None)
    try:
        stream = ctypes.c_void_p.in_dll(library, name)
    except ValueError:  # a C library that keeps it under another name: its text comes later, nothing else
        return
    library.setvbuf(stream, None, _IOLBF, 0)
