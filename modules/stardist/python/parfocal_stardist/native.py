"""Upstream's compiled geometry, loaded without upstream's package.

`import stardist` pulls in numba, scipy.optimize, scikit-image and csbdeep, two seconds that a worker has no use for,
and replaces `warnings.formatwarning`. The compiled parts and the ray factory stand alone, so they are loaded by file.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any


@functools.cache
def stardist2d() -> Any:  # noqa: ANN401 - a compiled module without types
    """The compiled module `stardist.lib.stardist2d`."""
    return _extension("stardist2d")


@functools.cache
def stardist3d() -> Any:  # noqa: ANN401 - as above
    """The compiled module `stardist.lib.stardist3d`."""
    return _extension("stardist3d")


@functools.cache
def rays3d() -> Any:  # noqa: ANN401 - upstream has no types
    """The module `stardist.rays3d`, which makes the ray directions of 3D models."""
    path = _package() / "rays3d.py"
    return _load(importlib.machinery.SourceFileLoader("stardist.rays3d", str(path)), path)


def _extension(name: str) -> Any:  # noqa: ANN401 - as above
    folder = _package() / "lib"
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        path = folder / f"{name}{suffix}"
        if path.exists():
            return _load(importlib.machinery.ExtensionFileLoader(f"stardist.lib.{name}", str(path)), path)
    raise ImportError(f"no compiled {name} in {folder}")


def _load(loader: Any, path: Path) -> Any:  # noqa: ANN401 - a loader of either kind
    # upstream imported in the same process and this share one module
    if loader.name in sys.modules:
        return sys.modules[loader.name]
    spec = importlib.util.spec_from_file_location(loader.name, path, loader=loader)
    if spec is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@functools.cache
def _package() -> Path:
    spec = importlib.util.find_spec("stardist")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package stardist is not installed in this environment")
    folder = Path(spec.submodule_search_locations[0])
    libraries = folder.parent / "stardist.libs"
    if sys.platform == "win32" and libraries.is_dir():
        os.add_dll_directory(str(libraries))
    return folder
