"""Loads the networks that a worker keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from parfocal_worker import LoadOptions, WeightsError

from parfocal_cellpose import upstream
from parfocal_cellpose.network import TileNetwork
from parfocal_cellpose.onnx_runtime import open_onnx
from parfocal_cellpose.weights import NetworkFile, open_network_file, read_size_model

if TYPE_CHECKING:
    from parfocal_cellpose.devices import Choice

# upstream's names of the weight files of built-in models, where they are not the models' own names
_FILE_NAMES = {"cyto": "cytotorch_0", "cyto2": "cyto2torch_0", "nuclei": "nucleitorch_0"}
# mean diameters in pixels that upstream states for built-in models, whatever the file says (cellpose.models.Cellpose)
_BUILT_IN_DIAMETER, _NUCLEI_DIAMETER = 30.0, 17.0


@dataclass(frozen=True)
class Segmenter:
    """A segmentation network.

    Attributes
    ----------
    model : cellpose.models.CellposeModel
        Its `net` is a `TileNetwork` on other runtimes than torch.
    file : NetworkFile
    size : cellpose.models.SizeModel or None
        Estimates diameters, where the model has one.
    """

    model: Any
    file: NetworkFile
    size: Any


def load_segmenter(options: LoadOptions, choice: Choice) -> Segmenter:
    """Load the model that `params["model"]` names.

    Raises
    ------
    WeightsError
        As `open_network_file` and `read_size_model`.
    """
    name: str = options.params["model"]
    fetched = options.weights.get(_FILE_NAMES.get(name, name))
    file = open_network_file(fetched or _own_path(name), outputs=3)
    model = upstream.models.CellposeModel(
        pretrained_model=str(file.path),
        nchan=file.channels,
        device=choice.torch_device,
        mkldnn=choice.runtime == "torch",
    )
    if fetched is not None:
        model.diam_mean = _NUCLEI_DIAMETER if name == "nuclei" else _BUILT_IN_DIAMETER
    model.net = _on(model.net, file, options, choice)
    size_path = _size_path(file, name, options)
    if size_path is None:
        return Segmenter(model, file, None)
    size = upstream.models.SizeModel(model)
    size.params = read_size_model(size_path)
    size.diam_mean = size.params["diam_mean"]
    return Segmenter(model, file, size)


def load_restorer(options: LoadOptions, choice: Choice) -> tuple[Any, NetworkFile] | None:
    """Load the restoration network that `params["restore"]` names, as upstream's DenoiseModel; None without one."""
    name: str | None = options.params["restore"]
    if name is None:
        return None
    file = open_network_file(options.weights.get(name) or _own_path(name), outputs=1)
    model = upstream.denoise.DenoiseModel(pretrained_model=str(file.path), device=choice.torch_device)
    # upstream tells these two from the file's name; a path may say anything
    model.diam_mean = _NUCLEI_DIAMETER if "nuclei" in file.path.name else _BUILT_IN_DIAMETER
    model.pretrained_model = file.path.name
    model.net = _on(model.net, file, options, choice)
    return model, file


def _own_path(name: str) -> Path:
    return Path(name).expanduser()


def _size_path(file: NetworkFile, name: str, options: LoadOptions) -> Path | None:
    fetched = options.weights.get(f"size_{_FILE_NAMES.get(name, name)}.npy")
    beside = file.path.with_name(f"{file.path.name}_size.npy")
    return fetched or (beside if beside.is_file() else None)


def _on(net: Any, file: NetworkFile, options: LoadOptions, choice: Choice) -> Any:  # noqa: ANN401 - upstream's
    """The network on the runtime of choice."""
    if choice.runtime == "torch":
        return net
    net.mkldnn = False
    try:
        if choice.runtime == "ncnn":
            # only where it runs: a library of 26 MB
            from parfocal_cellpose.ncnn_runtime import open_ncnn

            run = open_ncnn(net, torch.get_num_threads())
        else:
            run = open_onnx(net, file, options, choice)
    except Exception as error:
        raise WeightsError(f"{file.path} cannot run on {choice.runtime}: {error}", hint="use runtime torch") from error
    return TileNetwork(run, net.nout, choice.torch_device)
