"""A Python node (2D) of GA3: for each position and time point the brightest value of all planes, segmented once.

Give the node a channel input and a binary output. Put the line that `parfocal ga3 path` prints above the imports.
"""
import limnode
import numpy as np

from parfocal_ga3 import ExternalModuleNode, GA3NodeMixin


class ProjectionNode(ExternalModuleNode, GA3NodeMixin):
    MODULE_NAME = "threshold"

    def process_image(self, image, **params):
        return self.call_worker(self.MODULE_NAME, input_image=image, **params)


node = ProjectionNode()
brightest = None


def output(inp, out):
    out[0].makeNew("Projected objects", (255, 0, 255)).makeInt32()


def build(loops):
    # called when a run begins: nothing is left of a run that was stopped
    global brightest
    brightest = None
    return limnode.ReduceProgram(loops).overZStack()


def run(inp, out, ctx):
    global brightest
    plane = node.extract_2d_image(inp[0])
    # the node's arrays are only good during this call: what is kept is a copy
    brightest = plane.copy() if brightest is None else np.maximum(brightest, plane)
    if not ctx.finalCall:
        return
    projection, brightest = brightest, None
    node.insert_2d_result(out[0], node.process_image(projection, min_size=20))


if __name__ == "__main__":
    limnode.child_main(run, output, build)
