"""Print, as JSON, which GPUs the libraries of this environment see. A library that is not there is left out."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from typing import Any


def main() -> None:
    """Ask torch, ONNX Runtime and TensorFlow, each if it is installed."""
    answer_to = os.dup(1)
    os.dup2(2, 1)
    found: dict[str, dict[str, Any]] = {}
    for name, ask in (("torch", _torch), ("onnxruntime", _onnxruntime), ("tensorflow", _tensorflow)):
        if importlib.util.find_spec(name) is None:
            continue
        try:
            found[name] = ask()
        except Exception as error:
            found[name] = {"version": None, "devices": [], "problem": f"{type(error).__name__}: {error}"}
    os.write(answer_to, json.dumps(found).encode())


def _torch() -> dict[str, Any]:
    torch = importlib.import_module("torch")
    devices = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("Metal")
    return {"version": torch.__version__, "devices": devices}


def _onnxruntime() -> dict[str, Any]:
    onnxruntime = importlib.import_module("onnxruntime")
    plain = {"CPUExecutionProvider", "AzureExecutionProvider"}
    devices = [name for name in onnxruntime.get_available_providers() if name not in plain]
    return {"version": onnxruntime.__version__, "devices": devices}


def _tensorflow() -> dict[str, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    tensorflow = importlib.import_module("tensorflow")
    devices = [device.name for device in tensorflow.config.list_physical_devices("GPU")]
    return {"version": tensorflow.__version__, "devices": devices}


if __name__ == "__main__":
    main()
    sys.exit(0)
