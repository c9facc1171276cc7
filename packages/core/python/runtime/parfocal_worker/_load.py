"""Imports a module's `worker.py`."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from typing import Any

from parfocal_worker._errors import WorkerFileError

_SETTLED_SECONDS = 2.5


def load_model_class(path: str) -> Any:
    """The class `Model` of a worker file, whose folder becomes importable.

    Parameters
    ----------
    path : str
        Path of `worker.py`.

    Returns
    -------
    type

    Raises
    ------
    WorkerFileError
        There is no such file, or it defines no class `Model`. Whatever the file itself raises passes through.
    """
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise WorkerFileError(f"there is no worker at {path}")
    folder = os.path.dirname(path)
    if not _is_settled(folder):
        # Python tells bytecode of another version by the second and the size of its source alone
        sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    name = "worker"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WorkerFileError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    model = getattr(module, "Model", None)
    if not isinstance(model, type):
        raise WorkerFileError(f"{path} defines no class Model")
    return model


def _is_settled(folder: str) -> bool:
    """False when a source in the folder was changed so lately that it could change again within the same second."""
    newest = 0.0
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                newest = max(newest, os.stat(os.path.join(place, name)).st_mtime)
    return time.time() - newest > _SETTLED_SECONDS
