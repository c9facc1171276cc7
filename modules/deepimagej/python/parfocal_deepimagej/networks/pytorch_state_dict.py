"""A PyTorch state dict: tensors in one file, the network as Python code in another, which runs only when trusted."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
from parfocal_worker import WeightsError

from parfocal_deepimagej.networks.network import Network, Request
from parfocal_deepimagej.networks.torch_device import choose_device, runner, torch
from parfocal_deepimagej.trust import require_trust


def open_network(request: Request) -> Network:
    """Build the network from its architecture file and load the tensors; see `network.open_network`."""
    architecture = request.architecture
    if architecture is None or not request.entry:
        raise WeightsError(
            "the description names no architecture file beside the state dict: the network cannot be built",
            hint="choose another weights format of this model",
        )
    require_trust(request.trust, request.format, architecture)
    if not architecture.is_file():
        raise WeightsError(f"{architecture} not found", hint="fetch the model again", missing=True)
    device, reason = choose_device(request.device, request.threads)
    model = _build(request).to(device)
    state = torch.load(str(request.weights), map_location=device, weights_only=True)
    model.load_state_dict(state)
    model.eval()
    return Network(device, reason, np.dtype(np.float32), runner(model, device), {"torch": torch.__version__})


def _build(request: Request):  # noqa: ANN202 - torch is not known to the type checker
    path = request.architecture
    assert path is not None
    name = "parfocal_architecture"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WeightsError(f"{path} is no Python file", hint="choose another weights format of this model")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))  # the file may import others beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    entry = getattr(module, request.entry, None)
    if entry is None:
        raise WeightsError(f"{path} has no {request.entry}", hint="choose another weights format of this model")
    return entry(**request.arguments)
