"""Write `colour.onnx`, a network for the tests with three channels in, and two outputs of different scale.

    uv run --no-project --python 3.11 --with onnx==1.22.0 --with numpy==2.4.6 make_colour.py

`classes` (1, 2, y, x): red - blue and green + 0.5; `half` (1, 1, y / 2, x / 2): the mean of red over 2 x 2 pixels.
"""

from pathlib import Path

import numpy as np
import onnx  # pyright: ignore[reportMissingImports] - not in the environment: the docstring says how to run this
from onnx import TensorProto, helper, numpy_helper  # pyright: ignore[reportMissingImports] - as above

mix = np.array([[1, 0, -1], [0, 1, 0]], np.float32).reshape(2, 3, 1, 1)
mean = np.zeros((1, 3, 2, 2), np.float32)
mean[0, 0] = 0.25
weights = [
    numpy_helper.from_array(mix, "mix"),
    numpy_helper.from_array(np.array([0, 0.5], np.float32), "bias"),
    numpy_helper.from_array(mean, "mean"),
]
nodes = [
    helper.make_node("Conv", ["image", "mix", "bias"], ["classes"]),
    helper.make_node("Conv", ["image", "mean"], ["half"], strides=[2, 2]),
]
graph = helper.make_graph(
    nodes,
    "colour",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "y", "x"])],
    [
        helper.make_tensor_value_info("classes", TensorProto.FLOAT, [1, 2, "y", "x"]),
        helper.make_tensor_value_info("half", TensorProto.FLOAT, [1, 1, "v", "u"]),
    ],
    weights,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="")
onnx.checker.check_model(model)
(Path(__file__).parent / "colour.onnx").write_bytes(model.SerializeToString(deterministic=True))
