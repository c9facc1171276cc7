import { readSettings } from "@parfocal/core";
import { clientFolder } from "./client-folder.ts";
import { pythonText } from "./python-text.ts";

/**
 * The line of Python to put on top of a node's script, so that it can import `parfocal_ga3`. A script that is pasted into NIS-Elements has no
 * folder of its own to import from. NIS-Elements does not know the variables of this shell: a home that only they name is written into the line.
 */
export function importLine(folder: string = clientFolder, environment: NodeJS.ProcessEnv = process.env): string {
  const line = `import sys; sys.path.insert(0, ${pythonText(folder)})`;
  const { home } = readSettings({}, environment);
  if (home === readSettings({}, { ...environment, PARFOCAL_HOME: undefined }).home) return line;
  return `${line}; import parfocal_ga3; parfocal_ga3.configure(home=${pythonText(home)})`;
}
