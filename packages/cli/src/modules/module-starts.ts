import { fileURLToPath } from "node:url";

/** Where modules are looked for: the node_modules folders from the working folder upwards, then those beside this command. */
export function moduleStarts(cwd: string): readonly string[] {
  return [cwd, fileURLToPath(new URL("../../", import.meta.url))];
}
