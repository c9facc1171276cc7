import { pythonLiteral } from "./script/python-literal.ts";
import type { ScriptPlaces } from "./script/script-options.ts";

/**
 * The line of Python to put on top of a node's script, so that it can import `parfocal_ga3` and this finds its daemon. A script that is pasted
 * into NIS-Elements has no folder of its own to import from. ASCII alone.
 *
 * @param start folder in which, and above which, modules are looked for by name
 */
export function importLine({ clientFolder, daemonState, daemonCommand, variables }: ScriptPlaces, start: string): string {
  const places = [
    `state=${pythonLiteral(daemonState)}`,
    `daemon=${pythonLiteral(daemonCommand)}`,
    `start=${pythonLiteral(start)}`,
    ...(Object.keys(variables).length === 0 ? [] : [`variables=${pythonLiteral(variables)}`]),
  ];
  return `import sys; sys.path.insert(0, ${pythonLiteral(clientFolder)}); import parfocal_ga3; parfocal_ga3.use(${places.join(", ")})`;
}
