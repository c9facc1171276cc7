"""TorchScript, a program in a file: runs only what was trusted."""

from __future__ import annotations

import warnings

import numpy as np

from parfocal_deepimagej.networks.network import Network, Request
from parfocal_deepimagej.networks.torch_device import choose_device, runner, torch
from parfocal_deepimagej.trust import require_trust


def open_network(request: Request) -> Network:
    """Load a TorchScript file; see `network.open_network`."""
    require_trust(request.trust, request.format, request.weights)
    device, reason = choose_device(request.device, request.threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch prefers torch.export; the file is TorchScript
        model = torch.jit.load(str(request.weights), map_location=device)
    model.eval()
    return Network(device, reason, np.dtype(np.float32), runner(model, device), {"torch": torch.__version__})
