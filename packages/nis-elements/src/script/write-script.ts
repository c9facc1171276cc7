import { describeParams } from "@parfocal/core";
import { comment } from "./comment.ts";
import { constants } from "./constants.ts";
import { functions } from "./functions.ts";
import { headComment } from "./head-comment.ts";
import { pythonLiteral } from "./python-literal.ts";
import type { ScriptOptions } from "./script-options.ts";
import { takes } from "./takes.ts";
import { userParameters } from "./user-parameters.ts";

const rule = (title: string): string => `# ---- ${title} ${"-".repeat(90 - title.length)}`;

/** Constants of the script that are not the module's: how objects are called, which channel is sent, whether planes go one by one. */
function ownConstants({ module, volume, inputChannel }: ScriptOptions): string[] {
  return [
    "# Name and colour (red, green, blue) of the objects in NIS-Elements.",
    `OBJECTS_NAME = ${pythonLiteral(`${module.manifest.name} objects`)}`,
    "OBJECTS_COLOR = (255, 0, 255)",
    "",
    ...comment(
      `Channel to send where the input has several: its name, or its place counted from 0. None: ${takes(module, "c") ? "all of them" : "there is one"}.`,
    ),
    `INPUT_CHANNEL = ${pythonLiteral(inputChannel)}`,
    "",
    ...(volume && takes(module, "z")
      ? [
          ...comment(
            "False: the stack is segmented as one volume. True: plane by plane, for models that know no volumes; an object " +
              "then has a number of its own in each plane.",
          ),
          "PLANE_BY_PLANE = False",
          "",
        ]
      : []),
  ];
}

function nodeCall({ module, places }: ScriptOptions): string[] {
  const variables = Object.keys(places.variables).length === 0 ? [] : [`    variables=${pythonLiteral(places.variables)},`];
  return [
    "use(",
    `    state=${pythonLiteral(places.daemonState)},`,
    "    daemon=[",
    ...places.daemonCommand.map((part) => `        ${pythonLiteral(part)},`),
    "    ],",
    ...variables,
    ")",
    `node = SegmentationNode(${pythonLiteral(module.folder)})`,
  ];
}

/**
 * The script to paste into a Python node of GA3: ASCII, a few imports, constants, and three short functions. All that is not for the
 * eyes of the person who pastes it lies in `parfocal_ga3`.
 */
export function writeScript(options: ScriptOptions): string {
  const parameters = describeParams(options.module.manifest);
  const controls = options.userParams ? userParameters(parameters) : [];
  const lines = [
    ...headComment(options, controls),
    "",
    "import sys",
    "",
    "import limnode",
    "",
    `sys.path.insert(0, ${pythonLiteral(options.places.clientFolder)})`,
    "",
    "try:",
    "    from parfocal_ga3 import SegmentationNode, use",
    "except ImportError as error:",
    `    what_to_do = ${pythonLiteral(`write this script anew: parfocal ga3 script ${options.module.manifest.name}`)}`,
    '    raise ImportError("Parfocal is no longer where it was. What to do: " + what_to_do) from error',
    "",
    rule("What you may change"),
    "",
    ...ownConstants(options),
    ...constants(parameters, options.params),
    rule("Nothing to change below"),
    "",
    ...nodeCall(options),
    "",
    "",
    ...functions(options, parameters, controls),
  ];
  return `${lines.join("\n")}\n`;
}
