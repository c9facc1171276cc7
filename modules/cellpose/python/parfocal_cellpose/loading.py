"""Loads the networks that a worker keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import onnxruntime
from parfocal_worker import LoadOptions, WeightsError

from parfocal_cellpose import upstream
from parfocal_cellpose.graph import graph_path
from parfocal_cellpose.network import OnnxNetwork
from parfocal_cellpose.weights import NetworkFile, open_network_file, read_size_model

if TYPE_CHECKING:
    from pathlib import Path

    from parfocal_cellpose.devices import Choice

# upstream's names of the weight files of built-in models, where they are not the models' own names
_FILE_NAMES = {"cyto": "cytotorch_0", "cyto2": "cyto2torch_0", "nuclei": "nucleitorch_0"}
# mean diameters in pixels that upstream states for built-in models, whatever the file says (cellpose.models.Cellpose)
_BUILT_IN_DIAMETER, _NUCLEI_DIAMETER = 30.0, 17.0

# a batch of upstream's has eight tiles; each that runs needs about 100 MB
_MOST_TILES = 8


@dataclass(frozen=True)
class Segmenter:
    """A segmentation network.

    Attributes
    ----------
    model : cellpose.models.CellposeModel
        Its `net` is an `OnnxNetwork` on runtime onnx.
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
    if choice.runtime == "onnx":
        model.net = _to_onnx(model.net, file, options, choice)
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
    if choice.runtime == "onnx":
        model.net.mkldnn = False
        model.net = _to_onnx(model.net, file, options, choice)
    return model, file


def _own_path(name: str) -> Path:
    from pathlib import Path

    return Path(name).expanduser()


def _size_path(file: NetworkFile, name: str, options: LoadOptions) -> Path | None:
    fetched = options.weights.get(f"size_{_FILE_NAMES.get(name, name)}.npy")
    beside = file.path.with_name(f"{file.path.name}_size.npy")
    return fetched or (beside if beside.is_file() else None)


def _to_onnx(net: Any, file: NetworkFile, options: LoadOptions, choice: Choice) -> OnnxNetwork:  # noqa: ANN401 - upstream's
    path = graph_path(net, file.sha256, options.cache_dir)
    try:
        session = _open(path, choice, options.threads)
    except Exception:
        # the cached graph may be damaged; one that is written afresh fails for a better reason
        path = graph_path(net, file.sha256, options.cache_dir, rebuild=True)
        try:
            session = _open(path, choice, options.threads)
        except Exception as error:
            raise WeightsError(f"{file.path} cannot run on ONNX Runtime: {error}", hint="use runtime torch") from error
    workers = min(options.threads or os.cpu_count() or 1, _MOST_TILES)
    narrow = _open(path, choice, 1) if choice.device == "cpu" and workers > 1 else None
    return OnnxNetwork(session, narrow, workers, net.nout, choice.torch_device)


def _open(path: Path, choice: Choice, threads: int | None) -> Any:  # noqa: ANN401 - untyped
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    if threads is not None:
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
    if choice.device.startswith("directml"):
        settings.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), settings, providers=choice.providers)
