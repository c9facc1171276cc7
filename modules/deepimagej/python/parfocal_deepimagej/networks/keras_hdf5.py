"""Keras HDF5 files, those of Keras 2 among them, on Keras 3 with torch."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any, cast

import numpy as np

from parfocal_deepimagej.networks.network import Network, Request
from parfocal_deepimagej.networks.torch_device import as_arrays, choose_device, torch
from parfocal_deepimagej.trust import require_trust


def open_network(request: Request) -> Network:
    """Load an h5 file; see `network.open_network`. Lambda layers hold code and are refused unless trusted."""
    if _has_lambda(request.weights):
        require_trust(request.trust, "keras_hdf5 with a Lambda layer", request.weights)
    device, reason = choose_device(request.device, request.threads)
    os.environ["KERAS_BACKEND"] = "torch"
    keras: Any = importlib.import_module("keras")
    with torch.device(device):
        model = keras.models.load_model(_named_h5(request.weights), compile=False, safe_mode=not request.trust)

    def run(values: np.ndarray) -> list[np.ndarray]:
        with torch.inference_mode(), torch.device(device):
            given = torch.from_numpy(np.ascontiguousarray(values)).to(device)
            return as_arrays(model(given, training=False))

    versions = {"keras": keras.__version__, "torch": torch.__version__}
    return Network(device, reason, np.dtype(np.float32), run, versions)


def _named_h5(path: Path) -> str:
    """Keras tells formats apart by their names only."""
    if path.suffix not in (".h5", ".hdf5"):
        raise ValueError(f"{path.name} does not end in .h5 or .hdf5")
    return str(path)


def _has_lambda(path: Path) -> bool:
    h5py: Any = importlib.import_module("h5py")
    with h5py.File(path, "r") as file:
        text: Any = file.attrs.get("model_config")
    if text is None:
        raise ValueError("it holds weights without a network (no model_config)")
    return "Lambda" in _class_names(json.loads(text))


def _class_names(config: Any) -> set[str]:  # noqa: ANN401 - JSON values
    if isinstance(config, list):
        return set[str]().union(*(_class_names(each) for each in cast("list[Any]", config)))
    if not isinstance(config, dict):
        return set()
    fields = cast("dict[str, Any]", config)
    own = {str(fields["class_name"])} if "class_name" in fields else set[str]()
    return own.union(*(_class_names(value) for value in fields.values()))
