"""Layer weights out of a Keras `.h5` weights file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from parfocal_worker import WeightsError

Layers = dict[str, dict[str, np.ndarray]]
"""Layer name -> weight name ("kernel", "bias", "gamma", ...) -> float32 array."""


def read_layers(path: Path) -> Layers:
    """Read every layer that has weights.

    Parameters
    ----------
    path : Path
        A file that Keras 2 or Keras 3 wrote with `save_weights` (or `save`, whose weights lie in `model_weights`).

    Returns
    -------
    dict
        Layer name -> weight name -> float32 array, in Keras' own axis order.

    Raises
    ------
    WeightsError
        The file is no HDF5 file or cut short, or a layer, which is named, holds a value that is not finite.
    """
    import h5py  # imported here: a cached graph needs no h5py

    try:
        with h5py.File(path, "r") as file:
            root: Any = file.get("model_weights", file)
            return {name: _read_layer(root[name], name, path) for name in root if _weight_names(root[name])}
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise WeightsError(
            f"{path} cannot be read as Keras weights: {error}",
            hint="copy weights_best.h5 again from where the model came from; it may be cut short",
        ) from error


def take(layers: Layers, layer: str, shapes: dict[str, tuple[int, ...]], path: Path) -> dict[str, np.ndarray]:
    """Remove one layer from `layers` and check its weights.

    Parameters
    ----------
    layers : dict
        As returned by `read_layers`; `layer` is removed from it.
    layer : str
        Its name in the file.
    shapes : dict
        Weight name -> the shape that config.json asks for.
    path : Path
        The weights file, for messages.

    Returns
    -------
    dict
        Weight name -> float32 array.

    Raises
    ------
    WeightsError
        The layer or one of its weights is absent, or has another shape.
    """
    found = layers.pop(layer, None)
    if found is None:
        refuse(path, f"layer {layer} is missing")
    for name, shape in shapes.items():
        if name not in found:
            refuse(path, f"layer {layer} has no {name}")
        if found[name].shape != shape:
            refuse(path, f"layer {layer} has {name} of shape {found[name].shape}, config.json asks for {shape}")
    return found


def refuse_rest(layers: Layers, path: Path) -> None:
    """Raise `WeightsError` if layers are left that the configured network does not have."""
    if layers:
        refuse(path, f"layer {next(iter(layers))} has no place in the network that config.json describes")


def refuse(path: Path, what: str) -> NoReturn:
    """Raise `WeightsError` for a weights file that does not fit its config."""
    raise WeightsError(f"{path}: {what}", hint="check that config.json and weights_best.h5 are of the same model")


def _weight_names(group: Any) -> list[str]:  # noqa: ANN401 - h5py objects are untyped
    names = group.attrs.get("weight_names", ())
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _read_layer(group: Any, layer: str, path: Path) -> dict[str, np.ndarray]:  # noqa: ANN401 - h5py objects are untyped
    weights: dict[str, np.ndarray] = {}
    for name in _weight_names(group):
        values = np.asarray(group[name], dtype=np.float32)
        if not np.isfinite(values).all():
            refuse(path, f"layer {layer} holds values that are not finite in {name}")
        weights[name.rsplit("/", 1)[-1].split(":", 1)[0]] = values
    return weights
