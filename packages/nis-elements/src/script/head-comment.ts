import { comment, sentence } from "./comment.ts";
import { asciiText } from "./python-literal.ts";
import type { ScriptOptions } from "./script-options.ts";
import type { UserParameter } from "./user-parameters.ts";

function interpreter({ nis, table }: ScriptOptions): string {
  const own = nis === "7.x" ? "Internal Python" : "leave the one that is chosen";
  const process =
    nis === "6.20" && table
      ? '"Run out of process": off. 6.20 as delivered loses tables that are written out of process.'
      : '"Run out of process": off is better; with it, stopping a run ends the node\'s Python.';
  return `Interpreter: ${own}; nothing has to be installed into it. ${process}`;
}

function pins({ volume, table, binary }: ScriptOptions): string[] {
  return [
    `input  Channel  the ${volume ? "stack" : "image"} to segment`,
    `output Binary   ${binary === "int32" ? "the objects, each with its number" : "the objects as a mask, cut apart where they touch"}`,
    ...(table ? ["output Table    measurements, a row for each object"] : []),
  ];
}

function controlLines(controls: readonly UserParameter[]): string[] {
  if (controls.length === 0) return [];
  return [
    "#",
    ...comment("UNTESTED: values from the node's own controls. Add these user parameters, in this order, with these controls:"),
    ...controls.map(({ parameter, control }) => asciiText(`#    ${parameter.title}: ${JSON.stringify(control)}`)),
  ];
}

/** What the person who pastes the script reads first: what it does, what to connect, what to do when something is wrong. */
export function headComment(options: ScriptOptions, controls: readonly UserParameter[]): string[] {
  const { name, version, description } = options.module.manifest;
  const newer = options.nis === "7.x" ? "7.0 and newer" : "6.20 and newer";
  const step = (number: number, text: string): string[] => {
    const [first = "", ...others] = comment(text, "   ");
    return [first.replace("#    ", `# ${number}. `), ...others];
  };
  return [
    ...comment(`${sentence(description)} For the Python node of GA3 in NIS-Elements ${newer}.`),
    ...comment(`Written for ${name} ${version} by: ${options.command}`),
    "#",
    ...step(1, `Once on this PC, in a command prompt: parfocal env install ${name}`),
    ...step(2, `In GA3 add ND Processing & Conversions > Python Scripting > Python, the ${options.volume ? "3D" : "2D"} one.`),
    ...step(3, "Give it inputs and outputs with its own buttons, in this order, and connect them:"),
    ...pins(options).map((line) => `#      ${line}`),
    ...step(4, interpreter(options)),
    ...step(5, "Put this text in the place of the node's whole script."),
    ...controlLines(controls),
    "#",
    ...comment(`An error on the node says what to do. To look at everything at once: parfocal ga3 doctor ${name}`),
  ];
}
