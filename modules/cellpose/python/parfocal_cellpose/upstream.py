"""The only importer of cellpose: quiet, without its own downloads, and without compiling what is not used."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_FOLDER = "parfocal-fetches-weights-itself"

# read by cellpose when it is imported: its own folder of models stays untouched, wherever the program runs
os.environ["CELLPOSE_LOCAL_MODELS_PATH"] = os.path.join(os.path.dirname(__file__), _NO_FOLDER)


def _compile_on_first_use(*arguments: Any, **options: Any) -> Callable[..., Any]:  # noqa: ANN401 - as numba.njit
    """`numba.njit` without the signatures, which make it compile at once: seconds at each start for what few calls use."""
    if arguments and callable(arguments[0]):
        return _njit(*arguments, **options)
    return lambda function: _njit(**options)(function)


_njit = numba.njit
numba.njit = _compile_on_first_use
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cellpose import core, denoise, dynamics, models, transforms, utils
        from cellpose.resnet_torch import CPnet
finally:
    numba.njit = _njit

# sparse tensors are made from indices that upstream has clamped; torch warns of it at the first image
warnings.filterwarnings("ignore", message="Sparse invariant checks are implicitly disabled")
# masks of an image that has none
warnings.filterwarnings("ignore", message="no seeds found in get_masks_torch")

__all__ = ["CPnet", "core", "denoise", "dynamics", "models", "transforms", "utils"]
