"""Weight files, looked at before upstream opens them."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from parfocal_worker import WeightsError

_FIRST_CONVOLUTION = "downsample.down.res_down_0.conv.conv_0.2.weight"
_OUTPUT = "output.2.weight"
_SIZE_HINT = "get the file again, or give a diameter"


@dataclass(frozen=True)
class NetworkFile:
    """A file that holds a CPnet.

    Attributes
    ----------
    path : Path
    sha256 : str
    channels : int
        Image channels the network takes, 1 or 2.
    outputs : int
        3 for a segmentation network (flow y, flow x, cell probability), 1 for a restoration network.
    """

    path: Path
    sha256: str
    channels: int
    outputs: int


def open_network_file(path: Path, outputs: int) -> NetworkFile:
    """Check that a file holds a CPnet of the wanted kind.

    Only tensors are read (`weights_only`): a file that would run code when it is opened is refused.

    Parameters
    ----------
    path : Path
        What `torch.save(net.state_dict())` wrote.
    outputs : int
        3 or 1, as `NetworkFile.outputs`.

    Raises
    ------
    WeightsError
        The file is missing, damaged, of Cellpose 4, or of another kind.
    """
    if not path.is_file():
        hint = "give the path of a Cellpose 3 weight file, or the name of a built-in model"
        raise WeightsError(f"there is no weight file {path}", hint=hint, missing=True)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WeightsError(
            f"{path} cannot be read as torch weights: {first[:200]}",
            hint="get the file again, it is damaged or no weights",
        ) from error
    if not isinstance(state, dict):
        raise WeightsError(f"{path} holds {type(state).__name__}, not a network", hint="save the net's state_dict()")
    if "W2" in state:
        hint = "use a module for Cellpose 4, or a Cellpose 3 weight file here"
        raise WeightsError(f"{path} is a network of Cellpose 4, this module runs Cellpose 3", hint=hint)
    first, last = _tensor(state, _FIRST_CONVOLUTION), _tensor(state, _OUTPUT)
    if first is None or last is None:
        hint = "give the file that Cellpose 3 training wrote, or the name of a built-in model"
        raise WeightsError(f"{path} holds no network of Cellpose 3 (CPnet)", hint=hint)
    found = int(last.shape[0])
    if found != outputs:
        kinds = {1: "image restoration", 3: "segmentation"}
        raise WeightsError(
            f"{path} is a network for {kinds.get(found, f'{found} outputs')}, wanted is one for {kinds[outputs]}",
            hint="restoration goes to the parameter restore, segmentation to model",
        )
    return NetworkFile(path, _sha256(path), int(first.shape[1]), found)


def _tensor(state: dict[str, Any], name: str) -> torch.Tensor | None:
    value = state.get(name)
    return value if isinstance(value, torch.Tensor) and value.ndim == 4 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _ArraysOnly(pickle.Unpickler):
    """Opens a pickle of numbers and arrays and nothing else."""

    _allowed = frozenset(
        (module, name)
        for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
        for name in ("_reconstruct", "ndarray", "dtype", "scalar")
    )

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle's
        """Refuse every name that is not needed to make an array."""
        if (module, name) not in self._allowed:
            raise pickle.UnpicklingError(f"it wants to run {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def read_size_model(path: Path) -> dict[str, Any]:
    """Read the linear model that estimates the diameter from a network's style.

    Upstream stores it as a pickled dict in a `.npy`; here only numbers and arrays come out of it.

    Returns
    -------
    dict
        `A` (256,), `smean` (256,), `ymean` and `diam_mean` in pixels, as upstream names them.

    Raises
    ------
    WeightsError
        The file is damaged, or would run code.
    """
    try:
        with path.open("rb") as file:
            _skip_header(file)
            array = _ArraysOnly(file).load()
        params = array.item() if isinstance(array, np.ndarray) else None
    except (OSError, ValueError, EOFError, pickle.UnpicklingError, AttributeError) as error:
        raise WeightsError(f"{path} is no size model: {error}", hint=_SIZE_HINT) from error
    if not isinstance(params, dict) or not {"A", "smean", "ymean", "diam_mean"} <= params.keys():
        raise WeightsError(f"{path} is no size model: values are missing", hint=_SIZE_HINT)
    return params


def _skip_header(file: IO[bytes]) -> None:
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"version {version} of .npy")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if shape != () or dtype != np.dtype(object):
        raise ValueError("it holds an ordinary array")
