"""TensorFlow SavedModels."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np
from parfocal_worker import DeviceUnavailableError, WeightsError

from parfocal_deepimagej.networks.network import Network, Request

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # the same digits on every processor
tf: Any = importlib.import_module("tensorflow")


def open_network(request: Request) -> Network:
    """Load a SavedModel folder; see `network.open_network`."""
    device, reason = _choose_device(request)
    with tf.device(_tensorflow_name(device)):
        loaded = tf.saved_model.load(str(request.weights))
    signature = _signature(loaded, request)
    specs = signature.structured_input_signature[1]
    if len(specs) != 1:
        raise WeightsError(
            f"the SavedModel takes {len(specs)} inputs ({', '.join(specs)}), one is fed", hint="choose another model"
        )
    (name, spec), *_ = specs.items()
    names = _output_order(list(signature.structured_outputs), request.output_names)

    def run(values: np.ndarray) -> list[np.ndarray]:
        with tf.device(_tensorflow_name(device)):
            outputs = signature(**{name: tf.constant(values)})
        return [outputs[each].numpy() for each in names]

    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    # a signature's variables belong to the object that was loaded
    return Network(device, reason, dtype, run, {"tensorflow": str(tf.__version__)}, owner=loaded)


def _signature(loaded: Any, request: Request) -> Any:  # noqa: ANN401 - TensorFlow has no types
    available = list(loaded.signatures)
    wanted = request.signature
    if wanted is None or wanted not in available:
        wanted = next((name for name in ("serving_default", "serve") if name in available), None)
    if wanted is None and len(available) == 1:
        wanted = available[0]
    if wanted is None:
        found = ", ".join(available) or "none"
        raise WeightsError(f"the SavedModel has no signature serving_default; it has {found}", hint="export it again")
    return loaded.signatures[wanted]


def _output_order(available: list[str], described: tuple[str, ...]) -> list[str]:
    """Outputs in the description's order where it names them, else in the order of their names."""
    if described and all(name in available for name in described):
        return list(described)
    return sorted(available)


def _choose_device(request: Request) -> tuple[str, str]:
    if request.threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(request.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = len(tf.config.list_physical_devices("GPU"))
    kind, _, number = request.device.partition(":")
    if kind == "cpu":
        return "cpu", "cpu was asked for"
    if kind == "auto":
        return ("cuda:0", "TensorFlow sees a GPU") if gpus else ("cpu", "TensorFlow sees no GPU")
    if kind == "cuda" and int(number or 0) < gpus:
        return f"cuda:{int(number or 0)}", f"{request.device} was asked for"
    raise DeviceUnavailableError(
        f"{request.device} cannot be used: TensorFlow {tf.__version__} here sees {gpus} GPUs",
        hint="use device auto or cpu",
    )


def _tensorflow_name(device: str) -> str:
    return "/CPU:0" if device == "cpu" else f"/GPU:{device.partition(':')[2]}"
