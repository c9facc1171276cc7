"""Where torch runs, and how its tensors become arrays."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from parfocal_worker import DeviceUnavailableError, WeightsError

torch: Any = importlib.import_module("torch")


def choose_device(asked: str, threads: int | None) -> tuple[str, str]:
    """Device of torch and the reason for it; sets the number of CPU threads.

    Raises
    ------
    DeviceUnavailableError
        A device was asked for by name that torch here cannot use.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    # TF32 halves the digits
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    kind, _, number = asked.partition(":")
    cuda = bool(torch.cuda.is_available())
    mps = bool(torch.backends.mps.is_available())
    if kind == "auto":
        if cuda:
            return "cuda:0", f"torch {torch.__version__} sees {torch.cuda.get_device_name(0)}"
        return "cpu", f"torch {torch.__version__} sees no CUDA device"
    if kind == "cpu":
        return "cpu", "cpu was asked for"
    if kind == "cuda" and cuda and int(number or 0) < torch.cuda.device_count():
        return f"cuda:{int(number or 0)}", f"{asked} was asked for"
    if kind == "mps" and mps:
        return "mps", "mps was asked for"
    seen = ["cpu", *[f"cuda:{index}" for index in range(torch.cuda.device_count())], *(["mps"] if mps else [])]
    raise DeviceUnavailableError(
        f"{asked} cannot be used: torch {torch.__version__} here has {', '.join(seen)} only",
        hint="use device auto or cpu",
    )


def runner(model: Callable[..., Any], device: str) -> Callable[[np.ndarray], list[np.ndarray]]:
    """A function from array to arrays around a torch module."""

    def run(values: np.ndarray) -> list[np.ndarray]:
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(values)).to(device)
            return as_arrays(model(given))

    return run


def as_arrays(returned: Any) -> list[np.ndarray]:  # noqa: ANN401 - whatever a network returns
    """Outputs of a network as arrays.

    Raises
    ------
    WeightsError
        It returned something else than tensors.
    """
    found = list(returned) if isinstance(returned, list | tuple) else [returned]
    if not all(isinstance(each, torch.Tensor) for each in found):
        kinds = ", ".join(type(each).__name__ for each in found)
        raise WeightsError(f"the network returned {kinds}, tensors are needed", hint="choose another weights format")
    return [each.detach().to("cpu").numpy() for each in found]
