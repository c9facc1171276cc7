"""A CPnet as a graph of ncnn: its description as text and its weights as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_MAGIC = 7767517  # first line of every description
_MAX_POOLING, _ADD, _DIVIDE, _NEAREST, _RELU, _SUM, _SQUARE, _SQUARE_ROOT = 0, 0, 3, 1, 1, 0, 4, 5


@dataclass
class _Layer:
    kind: str
    inputs: list[str]
    output: str
    settings: str


@dataclass
class _Graph:
    """Layers in the order in which they run; each gives one blob."""

    layers: list[_Layer] = field(default_factory=list)
    weights: list[bytes] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], settings: str = "", weights: tuple[np.ndarray, ...] = ()) -> str:
        blob = f"b{len(self.layers)}" if inputs else "image"
        self.layers.append(_Layer(kind, inputs, blob, settings))
        self.weights += [np.ascontiguousarray(values, np.float32).tobytes() for values in weights]
        return blob

    def sum_of(self, *blobs: str) -> str:
        total = blobs[0]
        for blob in blobs[1:]:
            total = self.add("BinaryOp", [total, blob], f"0={_ADD}")
        return total

    def normalized(self, blob: str, norm: Any) -> str:  # noqa: ANN401 - modules of upstream's network
        values = (norm.weight, norm.running_mean, norm.running_var, norm.bias)
        return self.add("BatchNorm", [blob], f"0={norm.num_features} 1={norm.eps:e}", tuple(_array(v) for v in values))

    def convolved(self, blob: str, weight: np.ndarray, bias: np.ndarray, relu: bool = False) -> str:
        outputs, _, side, _ = weight.shape
        activation = f" 9={_RELU}" if relu else ""
        # 4: padding, 5: with bias, 6: number of weights; before the weights stands that they are plain float32
        settings = f"0={outputs} 1={side} 4={side // 2} 5=1 6={weight.size}{activation}"
        return self.add("Convolution", [blob], settings, (np.zeros(1), weight, bias))

    def branch(self, blob: str, block: Any, then: Any = None) -> str:  # noqa: ANN401 - as above
        """Norm, ReLU and convolution; `then` is a norm to fold into the convolution, with a ReLU after it."""
        norm, _, conv = block
        active = self.add("ReLU", [self.normalized(blob, norm)])
        weight, bias = _array(conv.weight), _array(conv.bias)
        if then is not None:
            scale, shift = _affine(then)
            weight, bias = weight * scale[:, None, None, None], bias * scale + shift
        return self.convolved(active, weight, bias, relu=then is not None)

    def projected(self, blob: str, block: Any) -> str:  # noqa: ANN401 - as above
        """Norm and convolution of single pixels, as one convolution."""
        norm, conv = block
        scale, shift = _affine(norm)
        weight = _array(conv.weight)
        return self.convolved(blob, weight * scale[None, :, None, None], _array(conv.bias) + weight[:, :, 0, 0] @ shift)

    def down(self, blob: str, block: Any) -> str:  # noqa: ANN401 - as above
        for first, second, shortcut in ((0, 1, True), (2, 3, False)):
            norm, _, conv = block.conv[second]
            inner = self.branch(blob, block.conv[first], then=norm)
            outer = self.convolved(inner, _array(conv.weight), _array(conv.bias))
            blob = self.sum_of(self.projected(blob, block.proj) if shortcut else blob, outer)
        return blob

    def styled(self, blob: str, style: str, block: Any) -> str:  # noqa: ANN401 - as above
        weight, bias = _array(block.full.weight), _array(block.full.bias)
        settings = f"0={len(bias)} 1=1 2={weight.size}"
        feature = self.add("InnerProduct", [style], settings, (np.zeros(1), weight, bias))
        channels = self.add("Reshape", [feature], f"0=1 1=1 2={len(bias)}")
        return self.branch(self.sum_of(blob, channels), block.conv)

    def up(self, blob: str, skipped: str, style: str, block: Any) -> str:  # noqa: ANN401 - as above
        inner = self.sum_of(self.branch(blob, block.conv[0]), skipped)
        blob = self.sum_of(self.projected(blob, block.proj), self.styled(inner, style, block.conv[1]))
        inner = self.styled(blob, style, block.conv[2])
        return self.sum_of(blob, self.styled(inner, style, block.conv[3]))

    def text(self, outputs: dict[str, str]) -> str:
        """The description, in which a blob that several layers read is split; `outputs` are names by blob."""
        parts: dict[str, list[str]] = {layer.output: [] for layer in self.layers}

        def part_of(blob: str) -> str:
            parts[blob].append(f"{blob}_{len(parts[blob])}")
            return parts[blob][-1]

        inputs = [[part_of(blob) for blob in layer.inputs] for layer in self.layers]
        for blob, name in outputs.items():
            parts[blob].append(name)
        lines = []
        for index, layer in enumerate(self.layers):
            lines.append(_line(f"l{index}", layer.kind, inputs[index], [layer.output], layer.settings))
            lines.append(_line(f"s{index}", "Split", [layer.output], parts[layer.output], ""))
        blobs = sum(1 + len(names) for names in parts.values())
        return "\n".join([str(_MAGIC), f"{len(lines)} {blobs}", *lines, ""])


def describe(net: Any) -> tuple[str, bytes]:  # noqa: ANN401 - upstream is not typed
    """Write a network for ncnn.

    Norms are folded into the convolutions before them, and into those of single pixels after them, which changes
    results by rounding only.

    Parameters
    ----------
    net : CPnet
        On the processor, made with `mkldnn=False`.

    Returns
    -------
    text : str
        The description, as a `.param` file has it: input `image` (channels, y, x), sides divisible by 8; outputs
        `flows` (outputs, y, x) and `style` (256).
    weights : bytes
        As a `.bin` file has them, float32.
    """
    graph = _Graph()
    blob = graph.add("Input", [])
    features: list[str] = []
    for level, block in enumerate(net.downsample.down):
        if level > 0:
            blob = graph.add("Pooling", [blob], f"0={_MAX_POOLING} 1=2 2=2")
        blob = graph.down(blob, block)
        features.append(blob)
    # the mean over all pixels, divided by its length
    mean = graph.add("Pooling", [blob], "0=1 4=1")
    square = graph.add("UnaryOp", [mean], f"0={_SQUARE}")
    length = graph.add("UnaryOp", [graph.add("Reduction", [square], f"0={_SUM} 1=1")], f"0={_SQUARE_ROOT}")
    style = graph.add("BinaryOp", [mean, length], f"0={_DIVIDE}")
    for level in reversed(range(len(features))):
        if level < len(features) - 1:
            blob = graph.add("Interp", [blob], f"0={_NEAREST} 1=2.0 2=2.0")
        blob = graph.up(blob, features[level], style, net.upsample.up[level])
    flows = graph.branch(blob, net.output)
    return graph.text({flows: "flows", style: "style"}), b"".join(graph.weights)


def _affine(norm: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 - as above
    """Factor and summand of a norm, by channel."""
    scale = _array(norm.weight) / np.sqrt(_array(norm.running_var) + norm.eps)
    return scale, _array(norm.bias) - _array(norm.running_mean) * scale


def _array(tensor: Any) -> np.ndarray:  # noqa: ANN401 - as above
    return tensor.detach().numpy().astype(np.float64)


def _line(name: str, kind: str, inputs: list[str], outputs: list[str], settings: str) -> str:
    return " ".join([kind, name, str(len(inputs)), str(len(outputs)), *inputs, *outputs, settings]).strip()
