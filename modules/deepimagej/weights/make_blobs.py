"""Write the bundled model `blobs` and its sample, the same bytes on every run.

    uv run --no-project --python 3.11 --with onnx==1.22.0 --with numpy==2.4.6 make_blobs.py

The network is a fixed difference of two Gaussian blurs, so nothing was trained: p = sigmoid(40 (narrow - 0.5 wide - 0.25))
of an image stretched to 0..1, which is above 0.5 inside bright blobs of about 6 to 30 pixels across.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "python" / "sample"
NARROW, WIDE = 1.0, 8.0
WIDE_SHARE, LEVEL, GAIN = 0.5, 0.25, 40.0


def gaussian(sigma: float) -> np.ndarray:
    """A normalised kernel of 2.5 sigma on each side, float32."""
    radius = round(2.5 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return (kernel / kernel.sum()).astype(np.float32)


def blur(name: str, source: str, sigma: float) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Two convolutions, along y and along x, with zeros outside the image."""
    kernel = gaussian(sigma)
    radius = kernel.size // 2
    weights = [
        numpy_helper.from_array(kernel.reshape(1, 1, -1, 1), f"{name}_y"),
        numpy_helper.from_array(kernel.reshape(1, 1, 1, -1), f"{name}_x"),
    ]
    nodes = [
        helper.make_node("Conv", [source, f"{name}_y"], [f"{name}_rows"], pads=[radius, 0, radius, 0]),
        helper.make_node("Conv", [f"{name}_rows", f"{name}_x"], [name], pads=[0, radius, 0, radius]),
    ]
    return nodes, weights


def network() -> onnx.ModelProto:
    """The graph: input `image` and output `probability`, float32 (1, 1, y, x)."""
    narrow, narrow_weights = blur("narrow", "image", NARROW)
    wide, wide_weights = blur("wide", "image", WIDE)
    constants = [
        numpy_helper.from_array(np.array(value, np.float32), name)
        for name, value in (("share", WIDE_SHARE), ("level", LEVEL), ("gain", GAIN))
    ]
    tail = [
        helper.make_node("Mul", ["wide", "share"], ["background"]),
        helper.make_node("Sub", ["narrow", "background"], ["contrast"]),
        helper.make_node("Sub", ["contrast", "level"], ["above"]),
        helper.make_node("Mul", ["above", "gain"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    tensor = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, "y", "x"]) for n in ("image", "probability")]
    graph = helper.make_graph(
        [*narrow, *wide, *tail], "blobs", tensor[:1], tensor[1:], [*narrow_weights, *wide_weights, *constants]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="")
    onnx.checker.check_model(model)
    return model


def sample() -> tuple[np.ndarray, np.ndarray]:
    """20 drawn blobs of 9 to 19 pixels on an uneven background with noise: uint16 image and labels, 160 x 160."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:160, 0:160]
    labels = np.zeros((160, 160), np.uint16)
    for index in range(20):
        row, column = divmod(index, 5)
        centre = 20 + 40 * row + random.uniform(-5, 5), 16 + 32 * column + random.uniform(-4, 4)
        radii = random.uniform(4.5, 9.5, 2)
        labels[((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 <= 1] = index + 1
    bright = random.uniform(700, 1100, 21)
    bright[0] = 0
    image = 200 + 0.6 * x + bright[labels] + random.normal(0, 25, labels.shape)
    return np.round(image).astype(np.uint16), labels


def main() -> None:
    """Write weights, image and labels, and print the weights' sha256 for the description."""
    content = network().SerializeToString(deterministic=True)
    (HERE / "blobs" / "weights.onnx").write_bytes(content)
    image, labels = sample()
    SAMPLE.mkdir(exist_ok=True)
    np.save(SAMPLE / "drawn_blobs.npy", image)
    np.save(SAMPLE / "drawn_blobs_labels.npy", labels)
    print(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
