"""Runs a CPnet on ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnxruntime

from parfocal_cellpose.graph import graph_path

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from parfocal_worker import LoadOptions

    from parfocal_cellpose.devices import Choice
    from parfocal_cellpose.network import RunTile
    from parfocal_cellpose.weights import NetworkFile


def open_onnx(net: Any, file: NetworkFile, options: LoadOptions, choice: Choice) -> RunTile:  # noqa: ANN401 - upstream's
    """Make a network ready on ONNX Runtime; its graph is kept in the module's cache.

    Parameters
    ----------
    net : CPnet
        Made with `mkldnn=False`.
    file : NetworkFile
        Where its weights came from.
    options : LoadOptions
    choice : Choice

    Raises
    ------
    Exception
        ONNX Runtime does not take the network.
    """
    path = graph_path(net, file.sha256, options.cache_dir)
    try:
        session = _open(path, choice, options.threads)
    except Exception:
        # the cached graph may be damaged; one that is written afresh fails for a better reason
        session = _open(graph_path(net, file.sha256, options.cache_dir, rebuild=True), choice, options.threads)

    def run(tile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        flows, styles = session.run(None, {"image": tile[None]})
        return flows[0], styles[0]

    return run


def _open(path: Path, choice: Choice, threads: int | None) -> Any:  # noqa: ANN401 - untyped
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    if threads is not None:
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
    if choice.device.startswith("directml"):
        settings.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), settings, providers=choice.providers)
