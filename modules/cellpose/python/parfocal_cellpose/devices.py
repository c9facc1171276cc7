"""Which device and which runtime a model uses, and why."""

from __future__ import annotations

from dataclasses import dataclass

import onnxruntime
import torch
from parfocal_worker import DeviceUnavailableError

_DIRECTML = "DmlExecutionProvider"


@dataclass(frozen=True)
class Choice:
    """What runs where.

    Attributes
    ----------
    device : str
        What the network runs on: "cpu", "cuda:N", "mps" or "directml:N".
    torch_device : torch.device
        What torch uses, for masks and, on runtime torch, for the network.
    runtime : str
        "torch", "onnx" or "ncnn".
    providers : list
        ONNX Runtime's providers, in order; empty on the others.
    """

    device: str
    torch_device: torch.device
    runtime: str
    providers: list[str | tuple[str, dict[str, str]]]


def choose(device: str, runtime: str) -> Choice:
    """Settle on a device and a runtime.

    ncnn is the fastest on a processor, ONNX Runtime the only one on DirectML; on CUDA and MPS torch runs the network.

    Parameters
    ----------
    device : str
        "auto", "cpu", "cuda", "cuda:N", "mps", "directml" or "directml:N".
    runtime : str
        "auto", "torch", "onnx" or "ncnn".

    Raises
    ------
    DeviceUnavailableError
        The device, or this runtime on it, is not available here.
    """
    kind, _, number = device.partition(":")
    if kind == "auto":
        kind = _best(runtime)
    if kind == "cuda":
        if not torch.cuda.is_available():
            cause = f"torch {torch.__version__} sees no CUDA device"
            raise _unavailable(device, cause, "check the driver, or use device cpu")
        return _torch_only(f"cuda:{number or 0}", device, runtime)
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise _unavailable(device, "torch has no Metal device here", "use device cpu")
        return _torch_only("mps", device, runtime)
    if kind == "directml":
        available = onnxruntime.get_available_providers()
        if _DIRECTML not in available:
            hint = "install the module's directml environment, on Windows, or use device cpu"
            raise _unavailable(device, f"onnxruntime here has {', '.join(available)} only", hint)
        if runtime not in ("auto", "onnx"):
            raise _unavailable(device, f"{runtime} does not run on DirectML", "use runtime onnx or auto")
        provider = (_DIRECTML, {"device_id": number or "0"})
        return Choice(f"directml:{number or 0}", torch.device("cpu"), "onnx", [provider, "CPUExecutionProvider"])
    if kind != "cpu":
        raise _unavailable(device, "there is no such device", "use cpu, cuda, mps or directml")
    if runtime == "onnx":
        return Choice("cpu", torch.device("cpu"), "onnx", ["CPUExecutionProvider"])
    return Choice("cpu", torch.device("cpu"), "torch" if runtime == "torch" else "ncnn", [])


def _best(runtime: str) -> str:
    if runtime in ("auto", "torch") and torch.cuda.is_available():
        return "cuda"
    if runtime in ("auto", "onnx") and _DIRECTML in onnxruntime.get_available_providers():
        return "directml"
    if runtime in ("auto", "torch") and torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _torch_only(name: str, device: str, runtime: str) -> Choice:
    if runtime not in ("auto", "torch"):
        raise _unavailable(device, "the network runs on torch there", "use runtime torch or auto")
    return Choice(name, torch.device(name), "torch", [])


def _unavailable(device: str, cause: str, hint: str) -> DeviceUnavailableError:
    return DeviceUnavailableError(f"Cellpose cannot run on {device}: {cause}", hint=hint)
