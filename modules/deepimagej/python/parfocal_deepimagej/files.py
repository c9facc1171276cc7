"""Which files of a model are opened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from parfocal_worker import LoadOptions, WeightsError

from parfocal_deepimagej.description import FILE_NAMES, find_description
from parfocal_deepimagej.networks.network import PROFILES

_ORDER = ("onnx", "keras_hdf5", "tensorflow_saved_model_bundle", "torchscript", "pytorch_state_dict")


@dataclass(frozen=True)
class ModelFiles:
    """Files of one model.

    Attributes
    ----------
    folder : Path
        Folder of the description: macros lie there.
    description : Path
    format : str
        Format of the weights, a key of `PROFILES`.
    weights : Path
        A file, or the folder of a SavedModel.
    sha256 : str or None
        Of the weights file; None for a folder.
    architecture : Path or None
        Python file of a state dict's network.
    entry : str
        Class or function in it.
    arguments : dict
        Its keyword arguments.
    """

    folder: Path
    description: Path
    format: str
    weights: Path
    sha256: str | None
    architecture: Path | None = None
    entry: str = ""
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


def find_files(options: LoadOptions) -> ModelFiles:
    """Find a model's files.

    Parameters
    ----------
    options : LoadOptions
        `params`: `description_file`, `weights_file`, `weights_sha256`, `architecture_file` and `weights_format` as the
        host resolved them. Without them, in a worker that is started by hand, `model` is a bundled name or a folder,
        and the safest weights in it are taken.

    Raises
    ------
    WeightsError
        A file is missing, or no weights can be run.
    """
    params = options.params
    given = params.get("description_file")
    description = Path(given) if given else find_description(_folder(str(params["model"]), options.package_dir))
    entries = _entries(description)
    wanted = str(params.get("weights_format") or "auto")
    resolved = params.get("weights_file")
    if resolved:
        weights, kind = Path(resolved), wanted
    else:
        kind = _choose(entries, description, wanted)
        weights = description.parent / str(entries[kind]["source"])
    fields = entries.get(kind, {})
    architecture = _architecture(fields, params.get("architecture_file"), description.parent)
    sha256 = params.get("weights_sha256") or (_sha256(weights) if weights.is_file() else None)
    return ModelFiles(description.parent, description, kind, weights, sha256, *architecture)


def _folder(model: str, package: Path) -> Path:
    bundled = package / "weights" / model
    if "/" not in model and "\\" not in model and model not in ("", ".", "..") and bundled.is_dir():
        return bundled
    folder = Path(model).expanduser()
    if folder.is_file() and folder.name in FILE_NAMES:
        folder = folder.parent
    if not folder.is_dir():
        raise WeightsError(
            f"no folder {folder.absolute()}",
            hint="give the folder of a model; zips and ids are opened by the host: start the module through parfocal",
            missing=True,
        )
    return folder.resolve()


def _entries(description: Path) -> dict[str, dict[str, Any]]:
    if description.suffix == ".xml":
        return {}
    try:
        content: Any = yaml.safe_load(description.read_text(encoding="utf-8-sig"))
        return {name: fields for name, fields in content["weights"].items() if fields is not None}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{description} names no weights: {error}", hint="fetch the model again") from error


def _choose(entries: dict[str, dict[str, Any]], description: Path, wanted: str) -> str:
    for kind in _ORDER if wanted == "auto" else (wanted,):
        source = str(entries.get(kind, {}).get("source", ""))
        if source and (description.parent / source).exists():
            return kind
    formats = ", ".join(kind for kind in entries if kind in PROFILES) or "none"
    raise WeightsError(
        f"{description.parent} holds no weights of format {wanted}; the description names {formats}",
        hint="start the module through parfocal, which fetches and unpacks weights",
        missing=True,
    )


def _architecture(
    fields: dict[str, Any],
    given: Any,
    folder: Path,  # noqa: ANN401 - JSON value
) -> tuple[Path | None, str, dict[str, Any]]:
    described: Any = fields.get("architecture")
    if isinstance(described, str):  # 0.3 and 0.4: "file.py:Class"
        source, _, entry = described.rpartition(":")
        arguments: Any = fields.get("kwargs")
    elif isinstance(described, dict):
        found = cast("dict[str, Any]", described)
        source, entry, arguments = str(found.get("source", "")), str(found.get("callable", "")), found.get("kwargs")
    else:
        return None, "", {}
    path = Path(given) if given else (folder / source if source else None)
    return path, entry, dict(arguments or {})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
