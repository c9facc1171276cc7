"""ONNX on ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from parfocal_worker import DeviceUnavailableError

from parfocal_deepimagej.networks.network import Network, Request

_CPU = "CPUExecutionProvider"
_PROVIDERS = {"cuda": "CUDAExecutionProvider", "directml": "DmlExecutionProvider"}
_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


def open_network(request: Request) -> Network:
    """Load an ONNX file; see `network.open_network`."""
    available = onnxruntime.get_available_providers()
    kind, _, number = request.device.partition(":")
    if kind == "auto":
        for name, provider in _PROVIDERS.items():
            if provider in available:
                network = _open(request, name, 0, f"onnxruntime here has {provider}")
                if network.device != "cpu":
                    return network
        return _open(request, "cpu", 0, "onnxruntime here has no GPU provider that works")
    if kind == "cpu":
        return _open(request, "cpu", 0, "cpu was asked for")
    if kind not in _PROVIDERS:
        raise DeviceUnavailableError(
            f"ONNX weights run on cpu, cuda or directml, not on {request.device}", hint="use device auto or cpu"
        )
    if _PROVIDERS[kind] not in available:
        raise DeviceUnavailableError(
            f"{request.device} cannot be used: onnxruntime {onnxruntime.__version__} here has "
            f"{', '.join(available)} only",
            hint=f"install the module's {kind} environment or use device cpu",
        )
    network = _open(request, kind, int(number or 0), f"{request.device} was asked for")
    if network.device == "cpu":
        raise DeviceUnavailableError(
            f"onnxruntime {onnxruntime.__version__} could not start {_PROVIDERS[kind]}",
            hint="check the graphics driver, or use device cpu",
        )
    return network


def _open(request: Request, kind: str, index: int, reason: str) -> Network:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if request.threads is not None:
        options.intra_op_num_threads = request.threads
        options.inter_op_num_threads = 1
    chain: list[Any] = [_CPU]
    if kind == "cuda":
        # the CUDA and cuDNN wheels of this environment lie beside onnxruntime, not on the loader's path
        onnxruntime.preload_dlls(directory="")
        # TF32 halves the digits; an exhaustive search may choose another algorithm, and other digits, at each start
        settings = {"device_id": str(index), "use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
        chain.insert(0, (_PROVIDERS[kind], settings))
    elif kind == "directml":
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        chain.insert(0, (_PROVIDERS[kind], {"device_id": str(index)}))
    session = onnxruntime.InferenceSession(str(request.weights), sess_options=options, providers=chain)
    used = session.get_providers()[0]
    first = session.get_inputs()[0]

    def run(values: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(output) for output in session.run(None, {first.name: values})]

    return Network(
        device=f"{kind}:{index}" if _PROVIDERS.get(kind) == used else "cpu",
        reason=reason,
        dtype=np.dtype(_DTYPES.get(first.type, np.float32)),
        run=run,
        versions={"onnxruntime": onnxruntime.__version__},
    )
