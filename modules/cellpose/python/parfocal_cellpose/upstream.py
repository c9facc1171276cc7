"""The only importer of cellpose: quiet, without its own downloads, and without compiling what is not used."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numba
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_FOLDER = "parfocal-fetches-weights-itself"

# read by cellpose when it is imported: its own folder of models stays untouched, wherever the program runs
os.environ["CELLPOSE_LOCAL_MODELS_PATH"] = os.path.join(os.path.dirname(__file__), _NO_FOLDER)


def _compile_on_first_use(*arguments: Any, **options: Any) -> Callable[..., Any]:  # noqa: ANN401 - as numba.njit
    """`numba.njit` without signatures, which make it compile at once: seconds at each start for what few calls use."""
    if arguments and callable(arguments[0]):
        return _njit(*arguments, **options)
    return lambda function: _njit(**options)(function)


_njit = numba.njit
numba.njit = _compile_on_first_use
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cellpose.core
        import cellpose.denoise
        import cellpose.dynamics
        import cellpose.models
        import cellpose.resnet_torch
        import cellpose.transforms
        import cellpose.utils
finally:
    numba.njit = _njit

# upstream has no types; what a checker infers for it is wrong in places
core: Any = cellpose.core
denoise: Any = cellpose.denoise
dynamics: Any = cellpose.dynamics
models: Any = cellpose.models
transforms: Any = cellpose.transforms
utils: Any = cellpose.utils
CPnet: Any = cellpose.resnet_torch.CPnet

# upstream makes sparse tensors from indices that it has clamped; without a word on this torch warns at the first image
torch.sparse.check_sparse_tensor_invariants.disable()

__all__ = ["CPnet", "core", "denoise", "dynamics", "models", "transforms", "utils"]
