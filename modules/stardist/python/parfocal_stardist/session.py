"""An ONNX Runtime session on the device that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from parfocal_worker import DeviceUnavailableError

if TYPE_CHECKING:
    from parfocal_worker import Context

_CUDA = "CUDAExecutionProvider"
_DIRECTML = "DmlExecutionProvider"
_CPU = "CPUExecutionProvider"


@dataclass(frozen=True)
class Session:
    """A loaded network.

    Attributes
    ----------
    device : str
        What it really runs on: "cpu", "cuda:N" or "directml:N".
    reason : str
        Why that device, in one sentence.
    providers : list of str
        ONNX Runtime's execution providers in use, first choice first.
    runtime : onnxruntime.InferenceSession
    """

    device: str
    reason: str
    providers: list[str]
    runtime: Any

    def run(self, image: np.ndarray, context: Context | None = None) -> list[np.ndarray]:
        """Apply the network; a cancel stops it between two of its layers.

        Parameters
        ----------
        image : ndarray of float32
            (channels, *spatial), C-contiguous, sides as `ModelConfig.divisor` asks.
        context : Context, optional
            Of the call that may be cancelled.

        Returns
        -------
        list of ndarray of float32
            `prob` (1, *cells), `dist` (rays, *cells) and, with classes, `prob_class` (classes + 1, *cells).
        """
        options = onnxruntime.RunOptions()
        if context is not None:
            context.on_cancel(lambda: setattr(options, "terminate", True))
        outputs = self.runtime.run(None, {"image": image[np.newaxis]}, options)
        if context is not None:
            context.on_cancel(None)
        return [output[0] for output in outputs]


def open_session(path: Path, device: str, threads: int | None) -> Session:
    """Load a graph.

    Parameters
    ----------
    path : Path
        ONNX file.
    device : str
        "auto" (CUDA or DirectML where this environment has it and it works, else CPU), "cpu", "cuda", "cuda:N",
        "directml" or "directml:N".
    threads : int or None
        CPU threads; None leaves it to ONNX Runtime.

    Returns
    -------
    Session

    Raises
    ------
    DeviceUnavailableError
        A device other than "auto" was asked for and does not work here.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # its threads would go on looking for work while the suppression that follows needs the processor
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    available = onnxruntime.get_available_providers()
    kind, _, number = device.partition(":")
    index = int(number) if number else 0
    if kind == "auto":
        return _open_best(path, options, available)
    if kind == "cpu":
        return _open(path, options, _CPU, 0, "cpu was asked for")
    provider = {"cuda": _CUDA, "directml": _DIRECTML}.get(kind)
    if provider is None:
        hint = "use device auto or cpu"
        raise DeviceUnavailableError(f"StarDist runs on cpu, cuda or directml, not on {device}", hint=hint)
    if provider not in available:
        raise DeviceUnavailableError(
            f"StarDist cannot run on {device}: this environment's onnxruntime {onnxruntime.__version__} has "
            f"{', '.join(available)} only",
            hint=f"install the module's {kind} environment or use device cpu",
        )
    session = _open(path, options, provider, index, f"{device} was asked for")
    if session.device == "cpu":
        raise DeviceUnavailableError(
            f"StarDist cannot run on {device}: onnxruntime {onnxruntime.__version__} could not start its {provider}",
            hint="check the graphics driver, or use device cpu",
        )
    return session


def _open_best(path: Path, options: Any, available: list[str]) -> Session:  # noqa: ANN401 - SessionOptions is untyped
    for provider in (_CUDA, _DIRECTML):
        if provider not in available:
            continue
        session = _open(path, options, provider, 0, f"onnxruntime here has {provider}")
        if session.device != "cpu":
            return session
        reason = f"onnxruntime here has {provider}, but could not start it"
        return Session(session.device, reason, session.providers, session.runtime)
    return _open(path, options, _CPU, 0, "onnxruntime here has no GPU provider")


def _open(path: Path, options: Any, provider: str, index: int, reason: str) -> Session:  # noqa: ANN401 - as above
    settings: dict[str, str] = {}
    if provider == _CUDA:
        # the CUDA and cuDNN wheels of this environment lie beside onnxruntime, not on the loader's path
        onnxruntime.preload_dlls(directory="")
        # TF32 halves the digits; an exhaustive search may choose another algorithm, and other digits, at each start
        settings = {"device_id": str(index), "use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
    elif provider == _DIRECTML:
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        settings = {"device_id": str(index)}
    chain: list[Any] = [_CPU] if provider == _CPU else [(provider, settings), _CPU]
    runtime = onnxruntime.InferenceSession(str(path), sess_options=options, providers=chain)
    used = list(runtime.get_providers())
    names = {_CUDA: f"cuda:{index}", _DIRECTML: f"directml:{index}"}
    return Session(names.get(used[0], "cpu"), reason, used, runtime)
