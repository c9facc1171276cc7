"""The StarDist network as an ONNX graph.

The layers, their names and their order are those that StarDist 0.9.2 (`StarDist2D`, `StarDist3D`) and
csbdeep 0.8.2 (`unet_block`) build in Keras for the same `config.json`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from parfocal_stardist.config import ModelConfig
from parfocal_stardist.weights import Layers, refuse, refuse_rest, take

GRAPH_VERSION = 1
"""Part of the cache key: raise it whenever the same folder would give another graph."""

_OPSET = 17
_IR_VERSION = 8
_BATCH_NORM_EPSILON = 1e-3  # Keras' default, which StarDist never changes and weights files do not hold
_ONNX_ACTIVATIONS = {
    "relu": "Relu",
    "elu": "Elu",
    "selu": "Selu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softsign": "Softsign",
}


def build_graph(config: ModelConfig, layers: Layers, path: Path) -> bytes:
    """Write the network as a serialised ONNX model.

    Parameters
    ----------
    config : ModelConfig
    layers : dict
        As returned by `read_layers`; emptied on the way.
    path : Path
        The weights file, for messages.

    Returns
    -------
    bytes
        ONNX (opset 17). Input `image` float32 (1, channels, *spatial), each side a multiple of `config.divisor`.
        Outputs float32 (1, n, *spatial / grid): `prob` (n = 1), `dist` (n = rays) and, with classes, `prob_class`
        (n = classes + 1, background first).

    Raises
    ------
    WeightsError
        A layer is missing, has another shape, or is not part of the network.
    """
    return _Builder(config, dict(layers), path).build()


class _Builder:
    """Adds nodes one after another; values are named by the node that makes them."""

    def __init__(self, config: ModelConfig, layers: Layers, path: Path) -> None:
        import onnx  # imported here: a cached graph needs no onnx

        self._onnx: Any = onnx
        self._config = config
        self._layers = layers
        self._path = path
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        in_unet = config.convolutions * (2 * config.depth + 1)
        self._unnamed = self._numbered(f"conv{config.dimensions}d", config.convolutions * len(config.grid_pools))
        self._norms = self._numbered("batch_normalization", in_unet if config.batch_norm else 0)

    def build(self) -> bytes:
        config = self._config
        value, channels = "image", config.channels
        for step, pool in enumerate(config.grid_pools):
            for _ in range(config.convolutions):
                name = self._unnamed.pop(0)
                value = self._convolution(value, name, channels, config.filters, config.kernel, config.activation)
                channels = config.filters
            value = self._pool(value, f"grid_{step}", pool)
        base, channels = self._unet(value, channels)
        features, width = self._features(base, "features", channels)
        one = (1,) * config.dimensions
        outputs = {
            "prob": self._convolution(features, "prob", width, 1, one, "sigmoid"),
            "dist": self._convolution(features, "dist", width, config.rays, one, "linear"),
        }
        if config.classes is not None:
            features, width = self._features(base, "features_class", channels)
            logits = self._convolution(features, "prob_class", width, config.classes + 1, one, "linear")
            outputs["prob_class"] = self._node("Softmax", [logits], "prob_class_softmax", axis=1)
        refuse_rest(self._layers, self._path)
        return self._serialise(outputs)

    def _unet(self, value: str, channels: int) -> tuple[str, int]:
        config = self._config
        skips: list[tuple[str, int]] = []
        for level in range(config.depth):
            for index in range(config.convolutions):
                width = config.level_filters(level)
                value = self._block(value, f"down_level_{level}_no_{index}", channels, width)
                channels = width
            skips.append((value, channels))
            value = self._pool(value, f"max_{level}", config.pool)
        for index in range(config.convolutions - 1):
            width = config.level_filters(config.depth)
            value = self._block(value, f"middle_{index}", channels, width)
            channels = width
        width = config.level_filters(max(0, config.depth - 1))
        value, channels = self._block(value, f"middle_{config.convolutions}", channels, width), width
        for level in reversed(range(config.depth)):
            skip, skip_channels = skips[level]
            value = self._node("Concat", [self._upsample(value, level), skip], f"concatenate_{level}", axis=1)
            channels += skip_channels
            for index in range(config.convolutions - 1):
                width = config.level_filters(level)
                value = self._block(value, f"up_level_{level}_no_{index}", channels, width)
                channels = width
            width = config.level_filters(max(0, level - 1))
            last = config.activation if level > 0 else config.last_activation
            value = self._block(value, f"up_level_{level}_no_{config.convolutions}", channels, width, last)
            channels = width
        return value, channels

    def _block(self, value: str, name: str, channels: int, filters: int, activation: str | None = None) -> str:
        config = self._config
        activation = activation or config.activation
        name = config.prefix + name
        if not config.batch_norm:
            return self._convolution(value, name, channels, filters, config.kernel, activation)
        value = self._convolution(value, name, channels, filters, config.kernel, "linear")
        norm = self._norms.pop(0)
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        weights = take(self._layers, norm, {part: (filters,) for part in parts}, self._path)
        inputs = [value, *(self._constant(f"{norm}/{part}", weights[part]) for part in parts)]
        value = self._node("BatchNormalization", inputs, norm, epsilon=_BATCH_NORM_EPSILON)
        return self._activate(value, activation)

    def _features(self, value: str, name: str, channels: int) -> tuple[str, int]:
        config = self._config
        if config.features == 0:
            return value, channels
        value = self._convolution(value, name, channels, config.features, config.kernel, config.activation)
        return value, config.features

    def _convolution(
        self, value: str, name: str, channels: int, filters: int, kernel: tuple[int, ...], activation: str
    ) -> str:
        shapes = {"kernel": (*kernel, channels, filters), "bias": (filters,)}
        weights = take(self._layers, name, shapes, self._path)
        # Keras keeps kernels as (*kernel, in, out), ONNX as (out, in, *kernel)
        order = (len(kernel) + 1, len(kernel), *range(len(kernel)))
        inputs = [
            value,
            self._constant(f"{name}/kernel", np.ascontiguousarray(weights["kernel"].transpose(order))),
            self._constant(f"{name}/bias", weights["bias"]),
        ]
        before = [(k - 1) // 2 for k in kernel]
        after = [k - 1 - b for k, b in zip(kernel, before, strict=True)]
        return self._activate(self._node("Conv", inputs, name, kernel_shape=kernel, pads=before + after), activation)

    def _pool(self, value: str, name: str, pool: tuple[int, ...]) -> str:
        return self._node("MaxPool", [value], name, kernel_shape=pool, strides=pool)

    def _upsample(self, value: str, level: int) -> str:
        scales = self._constant(f"up_{level}/scales", np.array([1, 1, *self._config.pool], np.float32))
        return self._node(
            "Resize",
            [value, "", scales],
            f"up_{level}",
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def _activate(self, value: str, activation: str) -> str:
        if activation == "linear":
            return value
        return self._node(_ONNX_ACTIVATIONS[activation], [value], f"{value.removesuffix(':0')}/{activation}")

    def _numbered(self, kind: str, count: int) -> list[str]:
        """Layer names `kind`, `kind_1`, ... in counting order; Keras may start at any number."""
        pattern = rf"{kind}(?:_(\d+))?"
        found = {int(match[1] or 0): name for name in self._layers if (match := re.fullmatch(pattern, name))}
        if len(found) != count:
            refuse(self._path, f"{len(found)} layers named {kind}, {kind}_1, ... found, config.json asks for {count}")
        return [found[number] for number in sorted(found)]

    def _constant(self, name: str, values: np.ndarray) -> str:
        self._weights.append(self._onnx.numpy_helper.from_array(values, name))
        return name

    def _node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:  # noqa: ANN401 - ONNX's own types
        output = f"{name}:0"  # leaves the bare names to the graph's outputs
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [output], name=name, **attributes))
        return output

    def _serialise(self, outputs: dict[str, str]) -> bytes:
        helper = self._onnx.helper
        self._nodes += [helper.make_node("Identity", [value], [name]) for name, value in outputs.items()]
        sides = [f"{axis}_size" for axis in self._config.spatial_axes]
        cells = [f"{axis}_cells" for axis in self._config.spatial_axes]
        float32 = self._onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            "stardist",
            [helper.make_tensor_value_info("image", float32, [1, self._config.channels, *sides])],
            [helper.make_tensor_value_info(name, float32, [1, None, *cells]) for name in outputs],
            self._weights,
        )
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="parfocal")
        self._onnx.checker.check_model(model)
        return model.SerializeToString()
