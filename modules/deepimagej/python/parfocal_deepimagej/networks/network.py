"""What all kinds of weights have in common once they are loaded."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from parfocal_worker import DeviceUnavailableError, WeightsError

PROFILES = {
    "onnx": "onnx",
    "keras_hdf5": "torch",
    "torchscript": "torch",
    "pytorch_state_dict": "torch",
    "tensorflow_saved_model_bundle": "tensorflow",
}
"""The environment that each kind of weights needs."""


@dataclass(frozen=True)
class Request:
    """What to load, and where to run it.

    Attributes
    ----------
    format : str
        A key of `PROFILES`.
    weights : Path
        A file; for a SavedModel the folder that holds `saved_model.pb`.
    device : str
        "auto", "cpu", "cuda", "cuda:N", "directml", "directml:N" or "mps".
    threads : int or None
        CPU threads; None leaves it to the library.
    trust : bool
        Whether code in the model's files may be executed.
    architecture : Path or None
        Python file of a state dict's network.
    entry : str
        Name of the class or function in it.
    arguments : dict
        Its keyword arguments.
    signature : str or None
        Signature of a SavedModel; None for the default one.
    output_names : tuple of str
        Names of the outputs in the description, in its order.
    """

    format: str
    weights: Path
    device: str = "auto"
    threads: int | None = None
    trust: bool = False
    architecture: Path | None = None
    entry: str = ""
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    signature: str | None = None
    output_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """A loaded network.

    Attributes
    ----------
    device : str
        "cpu", "cuda:N", "directml:N" or "mps": what is really used.
    reason : str
        Why this one.
    dtype : numpy.dtype
        What the input must be.
    run : callable
        Takes one array with all axes of the input, returns the outputs in order.
    versions : dict of str to str
        Versions of the libraries that run it.
    owner : object
        What must live as long as `run` is used.
    """

    device: str
    reason: str
    dtype: np.dtype[Any]
    run: Callable[[np.ndarray], list[np.ndarray]]
    versions: dict[str, str]
    owner: object = None


def open_network(request: Request) -> Network:
    """Load a network.

    Raises
    ------
    WeightsError
        The file is missing or damaged, or this environment is for other kinds of weights.
    DeviceUnavailableError
        A device was asked for by name that cannot be used.
    """
    if request.format not in PROFILES:
        raise WeightsError(
            f"weights of format {request.format} cannot be run; these can: {', '.join(PROFILES)}",
            hint="choose another weights format of this model",
        )
    if not request.weights.exists():
        raise WeightsError(f"{request.weights} not found", hint="fetch the model again", missing=True)
    try:
        library = importlib.import_module(f"parfocal_deepimagej.networks.{request.format}")
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"weights of format {request.format} need the profile {PROFILES[request.format]!r}: "
            f"this environment has no {error.name}",
            hint="start the module through parfocal, which chooses the profile",
        ) from error
    try:
        return library.open_network(request)
    except (WeightsError, DeviceUnavailableError, MemoryError):
        raise
    except Exception as error:
        raise WeightsError(
            f"{request.weights} cannot be loaded as {request.format}: {type(error).__name__}: {error}",
            hint="fetch the model again, or choose another of its weights formats",
        ) from error
