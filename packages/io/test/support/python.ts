import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ensureEnvironment, readModule } from "@parfocal/core";

const run = promisify(execFile);
const stardistFolder = fileURLToPath(new URL("../../../../modules/stardist", import.meta.url));

/** An interpreter with numpy, tifffile and Pillow: that of the stardist module's environment, built if need be. */
export async function imagingPython(): Promise<string> {
  // a person who tests other versions of these libraries names their interpreter
  const given = process.env.PARFOCAL_TEST_PYTHON;
  if (given) return given;
  const module = await readModule(stardistFolder);
  return (await ensureEnvironment(module.handle, { device: "cpu" })).python;
}

/** Runs a script of this folder and returns what it printed. */
export async function runScript(python: string, script: string, ...rest: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(python, ["-I", path, ...rest], { maxBuffer: 1 << 26 });
  return stdout;
}
