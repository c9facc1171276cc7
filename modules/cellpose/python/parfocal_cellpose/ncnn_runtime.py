"""Runs a CPnet on ncnn, whose convolutions need fewer multiplications than direct ones (Winograd's)."""

from __future__ import annotations

import ctypes
import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from parfocal_cellpose.ncnn_graph import describe

if TYPE_CHECKING:
    from parfocal_cellpose.network import RunTile

_ncnn: Any = importlib.import_module("ncnn")  # its names come out of a library, unseen by type checkers
_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]

# float32 throughout, and Winograd's larger tiles left out: no faster here, and twice as far from direct sums
_OFF = (
    "use_vulkan_compute",
    "use_fp16_packed",
    "use_fp16_storage",
    "use_fp16_arithmetic",
    "use_bf16_storage",
    "use_winograd63_convolution",
)


class _Weights(_ncnn.DataReader):
    """Hands bytes over as copies.

    Given bytes, ncnn would go on reading memory that Python frees; given a path, Windows must know its letters.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._position = 0

    def read(self, buf: Any, size: int) -> int:  # noqa: ANN401 - a capsule
        part = self._data[self._position : self._position + size]
        ctypes.memmove(_pointer_of(buf, None), part, len(part))
        self._position += len(part)
        return len(part)


def open_ncnn(net: Any, threads: int) -> RunTile:  # noqa: ANN401 - upstream is not typed
    """Make a network ready on ncnn.

    Parameters
    ----------
    net : CPnet
        On the processor, made with `mkldnn=False`.
    threads : int
        Threads for each tile.

    Raises
    ------
    RuntimeError
        ncnn does not take the network.
    """
    text, weights = describe(net)
    graph = _ncnn.Net()
    graph.opt.num_threads = threads
    for name in _OFF:
        setattr(graph.opt, name, False)
    if graph.load_param_mem(text) != 0 or graph.load_model(_Weights(weights)) != 0:
        raise RuntimeError("ncnn does not take the network")

    def run(tile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with graph.create_extractor() as extractor:
            extractor.input("image", _ncnn.Mat(np.ascontiguousarray(tile)).clone())
            return _extract(extractor, "flows"), _extract(extractor, "style")

    return run


def _extract(extractor: Any, name: str) -> np.ndarray:  # noqa: ANN401 - untyped
    code, values = extractor.extract(name)
    if code == -100:  # ncnn's only code with a meaning
        raise MemoryError(f"ncnn has no memory left for {name}")
    if code != 0:
        raise RuntimeError(f"ncnn gives no {name}: code {code}")
    return np.array(values)
