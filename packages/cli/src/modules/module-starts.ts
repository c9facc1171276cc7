import { packageFolder } from "../package-folder.ts";

/** Where modules are looked for: the node_modules folders from the working folder upwards, then those beside this command. */
export function moduleStarts(cwd: string): readonly string[] {
  return [cwd, packageFolder];
}
