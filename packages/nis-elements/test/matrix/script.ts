import { clientFolder, pythonText } from "../../src/index.ts";
import type { Case } from "./cases.ts";
import { actOf, sentChannel } from "./frames.ts";

export interface Places {
  readonly state: string;
  readonly daemon: readonly string[];
  readonly module: string;
}

/** A node's script as people have it: one generated class for binaries and tables, the base classes for a channel. */
export function scriptOf(each: Case, { state, daemon, module }: Places): string {
  const volume = each.node === "3D";
  const later = each.version !== "6.20";
  const channel = sentChannel[each.channels];
  const params = `dict(act=ACTS[ctx.outCoordinates["t"]])`;
  const outputs = {
    "uint8 binary": ['    out[0].makeNew("Objects", (255, 0, 255)).makeUInt8()'],
    "int32 binary": ['    out[0].makeNew("Objects", (255, 0, 255)).makeInt32()'],
    table: [`    node.declare_table(out[0], inp[0], scores=False, volume=${volume ? "True" : "False"})`],
    channel: ['    out[0].makeNewMono("Numbers", "#00FF00").makeFloat()'],
  }[each.output];
  const segment = `    objects = node.${volume ? "segment_volume" : "segment_image"}(inp[0], ctx, channel=${channel ?? "None"}, params=${params})`;
  const runs = {
    "uint8 binary": [segment, "    node.write_objects(out[0], objects)"],
    "int32 binary": [segment, "    node.write_objects(out[0], objects)"],
    table: [segment, "    node.write_table(out[0], objects)"],
    channel: [
      `    image = own.${volume ? "extract_volume" : "extract_2d_image"}(inp[0], channel=${channel ?? "None"})`,
      `    labels = own.call_worker(own.module, input_image=image, context=ctx, **${params})`,
      `    out[0].data[..., 0] = labels${volume ? "" : "[None]"}.astype("float32")`,
    ],
  }[each.output];
  return [
    "import sys",
    "import limnode",
    `sys.path.insert(0, ${pythonText(clientFolder)})`,
    "from parfocal_ga3 import ExternalModuleNode, GA3NodeMixin, SegmentationNode, use",
    `use(state=${pythonText(state)}, daemon=[${daemon.map(pythonText).join(", ")}])`,
    `MODULE = ${pythonText(module)}`,
    `ACTS = ["${actOf(each)}", "read"]`,
    "class Own(ExternalModuleNode, GA3NodeMixin):",
    "    MODULE_NAME = MODULE",
    "own = Own()",
    "node = SegmentationNode(MODULE)",
    `def output(inp, out${later ? ", par" : ""}):`,
    ...outputs,
    `def build(${later ? "par, " : ""}loops):`,
    "    return None",
    `def run(inp, out, ${later ? "par, " : ""}ctx):`,
    ...runs,
    'if __name__ == "__main__":',
    "    limnode.child_main(run, output, build)",
    "",
  ].join("\n");
}
