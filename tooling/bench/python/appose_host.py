"""Appose's own Python host with its Python worker: one JSON request a line, answered with the milliseconds of each call."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import appose
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
SCRIPTS = {"cast": "labels.ndarray()[:] = image.ndarray()\nNone", "nothing": "None"}
DEADLINE_SECONDS = 60


def main() -> None:
    """Serve requests until stdin ends."""
    service = appose.system().python()
    blocks: list[appose.NDArray] = []
    try:
        with deadline(service):
            task = service.task("import sys; sys.executable").start().wait_for()
        if os.path.realpath(task.outputs["result"]) != os.path.realpath(sys.executable):
            raise RuntimeError(f"the worker runs on {task.outputs['result']}")
        pixels = result = np.empty(0, np.uint16)
        for line in sys.stdin:
            request = json.loads(line)
            if "shape" in request:
                dispose(blocks)
                shape = request["shape"]
                for dtype in ("uint16", "int32"):
                    blocks.append(appose.NDArray(dtype, shape))
                count = int(np.prod(shape))
                pixels = (np.arange(count, dtype=np.uint32) * np.uint32(40503)).astype(np.uint16).reshape(shape)
                result = np.empty(shape, np.int32)
                answer: object = None
            else:
                with deadline(service):
                    answer = [call(service, request["work"], blocks, pixels, result) for _ in range(request["calls"])]
            print(json.dumps(answer), flush=True)
    finally:
        dispose(blocks)
        service.close()


@contextmanager
def deadline(service: appose.Service) -> Iterator[None]:
    """End the worker when it takes too long: it says nothing any more after a request that it cannot read."""
    timer = threading.Timer(DEADLINE_SECONDS, service.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def dispose(blocks: list[appose.NDArray]) -> None:
    """Unlink the shared memory."""
    while blocks:
        blocks.pop().shm.dispose()


def call(
    service: appose.Service, work: str, blocks: list[appose.NDArray], pixels: np.ndarray, result: np.ndarray
) -> float:
    """One full round trip, in milliseconds; the blocks are used again."""
    since = time.perf_counter()
    if pixels.size == 1:  # the empty call sends no array at all
        service.task("None").start().wait_for()
        return (time.perf_counter() - since) * 1e3
    image, labels = blocks
    image.ndarray()[:] = pixels
    task = service.task(SCRIPTS[work], {"image": image, "labels": labels})
    task.start().wait_for()
    np.copyto(result, labels.ndarray())
    took = (time.perf_counter() - since) * 1e3
    if str(task.status) != "TaskStatus.COMPLETE":
        raise RuntimeError(f"the task ended as {task.status}: {task.error}")
    if work == "cast" and not np.array_equal(result, pixels):
        raise RuntimeError("the labels are not the image")
    return took


if __name__ == "__main__":
    main()
