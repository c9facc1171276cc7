"""Reads what the standalone run needs of a module's `module.json`."""

from __future__ import annotations

import json
import os
import re
from typing import Any


class ParameterError(Exception):
    """A parameter that the module does not have, or one that is given twice."""


def find_manifest(worker_path: str) -> dict[str, Any] | None:
    """The `module.json` of the module that a worker belongs to.

    Parameters
    ----------
    worker_path : str
        `MODULE/python/worker.py`, or `MODULE/worker.py` beside `module.json`.

    Returns
    -------
    dict or None
        None when there is none.

    Raises
    ------
    ValueError
        The file is not a JSON object.
    """
    path = os.path.join(package_dir(worker_path), "module.json")
    try:
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
    except FileNotFoundError:
        return None
    if not isinstance(manifest, dict):
        raise ValueError(f"{path} is not an object")
    return manifest


def package_dir(worker_path: str) -> str:
    """The module's folder: the worker's own when `module.json` lies there, else the one above."""
    own = os.path.dirname(os.path.abspath(worker_path))
    return own if os.path.isfile(os.path.join(own, "module.json")) else os.path.dirname(own)


def resolve_params(manifest: dict[str, Any] | None, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters of the load stage and of the call, snake_case, with the module's defaults.

    Ranges are not checked: that is the host's work.

    Parameters
    ----------
    manifest : dict or None
        Without one, everything given goes to both as it is.
    given : dict
        By camelCase name, snake_case name or alias.

    Returns
    -------
    tuple of dict

    Raises
    ------
    ParameterError
        Names the parameter.
    """
    if manifest is None:
        params = {snake_case(name): value for name, value in given.items()}
        return params, params
    properties: dict[str, dict[str, Any]] = manifest.get("params", {}).get("properties", {})
    names = {}
    for name, about in properties.items():
        for word in [name, snake_case(name), *about.get("aliases", [])]:
            names[word] = name
    chosen: dict[str, Any] = {}
    for word, value in given.items():
        name = names.get(word)
        if name is None:
            raise ParameterError(f"there is no parameter {word}; known are {', '.join(map(snake_case, properties))}")
        if name in chosen:
            raise ParameterError(f"{snake_case(name)} is given twice")
        chosen[name] = value
    load: dict[str, Any] = {}
    call: dict[str, Any] = {}
    for name, about in properties.items():
        stage = load if about.get("stage") == "load" else call
        stage[snake_case(name)] = chosen.get(name, about.get("default"))
    return load, call


def snake_case(name: str) -> str:
    """`probThreshold` -> `prob_threshold`."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name).replace("-", "_")


def choose_axes(manifest: dict[str, Any] | None, rank: int) -> str:
    """Axes of an image that nobody named.

    Raises
    ------
    ValueError
        There is more than one way, or none.
    """
    accepted = list((manifest or {}).get("accepts", {}).get("axes", ["yx"]))
    fitting = [axes for axes in accepted if len(axes) == rank]
    if len(fitting) != 1:
        known = f"the module takes {', '.join(accepted)}" if manifest else "there is no module.json beside the worker"
        raise ValueError(f"the array has {rank} dimensions and {known}: name its axes with --axes")
    return fitting[0]
