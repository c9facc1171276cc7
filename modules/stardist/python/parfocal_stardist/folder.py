"""Stock StarDist model folders: where they are, what they hold, and the graph made from them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from parfocal_worker import WeightsError

from parfocal_stardist.config import ModelConfig, parse_config
from parfocal_stardist.graph import GRAPH_VERSION, build_graph
from parfocal_stardist.weights import read_layers

_WEIGHTS = "weights_best.h5"


@dataclass(frozen=True)
class ModelFolder:
    """A model folder that was read and checked.

    Attributes
    ----------
    name : str
        Name of the folder.
    config : ModelConfig
    prob_threshold, nms_threshold : float
        From `thresholds.json`; 0.5 and 0.4 where it is absent or has no value between 0 and 1, as in StarDist.
    weights_path : Path
        Its `weights_best.h5`.
    weights_sha256 : str
        Hash of that file, hexadecimal.
    key : str
        Hash of weights, config and graph version, hexadecimal: names the cached graph.
    """

    name: str
    config: ModelConfig
    prob_threshold: float
    nms_threshold: float
    weights_path: Path
    weights_sha256: str
    key: str


def open_folder(model: str, bundled: Path) -> ModelFolder:
    """Read a model folder.

    Parameters
    ----------
    model : str
        Name of a folder in `bundled`, or a path to a folder with `config.json`, `weights_best.h5` and
        optionally `thresholds.json`.
    bundled : Path
        The folder of the models that come with the module.

    Returns
    -------
    ModelFolder

    Raises
    ------
    WeightsError
        The folder or a file is missing (`missing` is then True), damaged, or not supported.
    """
    folder = _locate(model, bundled)
    config_bytes = _read(folder / "config.json")
    weights_path = folder / _WEIGHTS
    weights_sha256 = hashlib.sha256(_read(weights_path)).hexdigest()
    config = parse_config(_parse_json(config_bytes, folder / "config.json"), str(folder / "config.json"))
    prob_threshold, nms_threshold = _thresholds(folder / "thresholds.json")
    key = hashlib.sha256(f"{GRAPH_VERSION} {weights_sha256} ".encode() + config_bytes).hexdigest()
    return ModelFolder(folder.name, config, prob_threshold, nms_threshold, weights_path, weights_sha256, key)


def graph_path(folder: ModelFolder, cache_dir: Path, *, rebuild: bool = False) -> Path:
    """The ONNX graph of a folder, written at first use.

    Parameters
    ----------
    folder : ModelFolder
    cache_dir : Path
        An existing folder; several processes may use it at once.
    rebuild : bool
        Write the graph again even if it is there.

    Returns
    -------
    Path
        `KEY.onnx` in `cache_dir`.

    Raises
    ------
    WeightsError
        The weights cannot be read or do not fit the config.
    """
    path = cache_dir / f"{folder.key}.onnx"
    if rebuild or not path.exists():
        _write(path, build_graph(folder.config, read_layers(folder.weights_path), folder.weights_path))
    return path


def _locate(model: str, bundled: Path) -> Path:
    named = bundled / model
    is_name = "/" not in model and "\\" not in model and model not in ("", ".", "..")
    if is_name and named.is_dir():
        return named
    path = Path(model).expanduser()
    if model and path.is_dir():
        return path.resolve()
    names = sorted(entry.name for entry in bundled.iterdir() if entry.is_dir()) if bundled.is_dir() else []
    looked = f"{named} or {path.absolute()}" if is_name else str(path.absolute())
    raise WeightsError(
        f"StarDist model {model!r} not found: no folder {looked}",
        hint=f"use a bundled model ({', '.join(names) or 'none'}) or the path of a StarDist model folder",
        missing=True,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        hint = f"put {path.name} there: a StarDist model folder holds config.json, {_WEIGHTS} and often thresholds.json"
        raise WeightsError(f"{path} not found", hint=hint, missing=True) from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error}", hint="check that this file may be read") from error


def _parse_json(content: bytes, path: Path) -> Any:  # noqa: ANN401 - JSON values
    try:
        return json.loads(content)
    except ValueError as error:
        raise WeightsError(
            f"{path} is no JSON: {error}", hint="copy it again from where the model came from"
        ) from error


def _thresholds(path: Path) -> tuple[float, float]:
    if not path.exists():
        return 0.5, 0.4
    values = _parse_json(_read(path), path)
    if not isinstance(values, dict):
        raise WeightsError(f"{path} holds no JSON object", hint='use {"prob": 0.5, "nms": 0.4} or remove the file')
    fields = cast("dict[str, Any]", values)
    return _between(fields.get("prob"), 0.5), _between(fields.get("nms"), 0.4)


def _between(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 1 else default


def _write(path: Path, content: bytes) -> None:
    """Write to a temporary name and rename, so that another process sees all of the file or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:16]}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
