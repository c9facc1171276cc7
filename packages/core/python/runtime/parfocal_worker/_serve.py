"""Serves one host until it closes the channel or is gone."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING, Any

from parfocal_worker._errors import ProtocolError, ProtocolVersionError, describe_error
from parfocal_worker._life import die_with_host
from parfocal_worker._protocol import PROTOCOL_VERSION, Channel

if TYPE_CHECKING:
    from parfocal_worker._streams import Streams


def serve(streams: Streams, worker_path: str) -> int:
    """Load a module's worker and answer calls.

    numpy, the worker's own imports and the model come first, on the main thread; only then a second thread starts to
    read: importing numpy while another thread blocks on a pipe can hang on Windows.

    Parameters
    ----------
    streams : Streams
    worker_path : str
        Path of the module's `worker.py`.

    Returns
    -------
    int
        Exit code: 0 after `close`, 1 when the worker could not start.
    """
    die_with_host()
    channel = Channel(streams.incoming, streams.outgoing)
    started = time.perf_counter()
    try:
        import numpy as np

        from parfocal_worker._load import load_model_class
        from parfocal_worker._server import Server

        model_class = load_model_class(worker_path)
        imported = time.perf_counter()
        hello = channel.receive()
        if hello is None:
            return 0
        _check_hello(hello)
        server = Server(channel, hello, model_class)
    except BaseException as error:
        channel.send({"type": "error", "id": None, **describe_error(error)})
        return 1
    now = time.perf_counter()
    channel.send(
        {
            "type": "ready",
            "protocol": PROTOCOL_VERSION,
            "pid": os.getpid(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "device": server.device,
            "axes": server.axes,
            "refine": server.can_refine,
            "batch": server.can_batch,
            "importMs": (imported - started) * 1e3,
            "loadMs": (now - imported) * 1e3,
        }
    )
    return server.run()


def _check_hello(hello: dict[str, Any]) -> None:
    version = hello.get("protocol")
    if hello["type"] != "hello":
        raise ProtocolError(f"the first message is {hello['type']}, not hello")
    if version != PROTOCOL_VERSION:
        raise ProtocolVersionError(
            f"the host speaks worker protocol {version}, this runtime speaks {PROTOCOL_VERSION}: "
            "use the runtime of the same version of @parfocal/core"
        )
