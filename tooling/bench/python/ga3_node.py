"""Frames through a node of NIS-Elements GA3, and copies of the same bytes, in turns; prints milliseconds as JSON."""

import json
import sys
import time
from types import SimpleNamespace

import numpy as np

places = json.loads(sys.argv[1])
sys.path.insert(0, places.pop("client"))
module = places.pop("module")

import parfocal_ga3  # noqa: E402

parfocal_ga3.use(**places)


class Node(parfocal_ga3.ExternalModuleNode, parfocal_ga3.GA3NodeMixin):
    """As people write it."""

    MODULE_NAME = module


node = Node()


def run(inp, out, ctx):
    """What a node does with a frame; returns what the model computed, milliseconds."""
    image = node.extract_2d_image(inp[0])
    result = node.call(module, input_image=image, context=ctx)
    node.insert_2d_result(out[0], result.labels)
    return result.timing["computeMs"]


def milliseconds(action):
    """Of an action, and what it returns."""
    begun = time.perf_counter()
    value = action()
    return (time.perf_counter() - begun) * 1000, value


pixels = np.random.default_rng(1).integers(0, 4096, (1, 2048, 2048, 1), np.uint16)
inp = (SimpleNamespace(data=pixels),)
out = (SimpleNamespace(data=np.zeros(pixels.shape, np.int32)),)
ctx = SimpleNamespace(shouldAbort=False)
copies = (np.zeros_like(pixels), np.zeros_like(out[0].data))
frames, beyond, copying = [], [], []
for turn in range(int(sys.argv[2])):
    took, computed = milliseconds(lambda: run(inp, out, ctx))
    small, _ = milliseconds(lambda: np.copyto(copies[0], pixels))
    large, _ = milliseconds(lambda: np.copyto(copies[1], out[0].data))
    if turn >= 5:
        frames.append(took)
        beyond.append(took - computed)
        copying.append(small + large)
if not np.array_equal(out[0].data, pixels):
    raise SystemExit("the labels are not the image's pixels")
print(json.dumps({"frames": frames, "beyond": beyond, "copying": copying}))
