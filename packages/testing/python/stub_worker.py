"""Stands in for a model that must do what real ones cannot be made to do; it runs in the real module's environment."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from parfocal_worker import Context, LoadOptions


class Model:
    """Does what its parameter `behaviour` says, then numbers the pixels of the image that are not 0."""

    device = "cpu"

    def __init__(self, options: LoadOptions) -> None:
        del options

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Give every pixel that is not 0 a number of its own, in reading order."""
        behaviour = params["behaviour"]
        if behaviour == "raise":
            raise ValueError("the model failed on purpose")
        if behaviour == "exit":
            sys.exit(3)
        if behaviour == "print":
            _print_everywhere()
        context.progress(0, 1, "begun")
        if behaviour == "wait":
            _wait(context)
        if behaviour == "sleep":
            time.sleep(600)
        labels = np.zeros(image.shape, np.int32)
        inside = image != 0
        labels[inside] = np.arange(1, np.count_nonzero(inside) + 1)
        return {"labels": labels}


def _wait(context: Context) -> None:
    """Wait to be cancelled, looking for it often."""
    while True:
        context.check_cancelled()
        time.sleep(0.01)


def _print_everywhere() -> None:
    """Write to stdout by every way that a library might take."""
    print("print: hello")
    sys.stdout.write('{"type": "result", "id": 1}\n')
    sys.stdout.flush()
    if sys.__stdout__ is not None:
        sys.__stdout__.write("the first stdout: hello\n")
        sys.__stdout__.flush()
    os.write(1, b"file descriptor 1: hello\n")
    libc = ctypes.CDLL(None if os.name == "posix" else "msvcrt")
    libc.puts(b"C: hello")
    libc.fflush(None)
    subprocess.run([sys.executable, "-c", "print('a child: hello')"], check=True)
