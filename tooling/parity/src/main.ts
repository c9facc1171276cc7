/**
 * Runs each module's comparison with upstream (`modules/NAME/parity/parity.py`) in the environment of its own lock:
 * `pnpm parity [MODULE...]`. What it writes into the module's folder is what the module's tests compare with.
 *
 * @module
 */
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "@parfocal/core";
import { execa } from "execa";
import { upstreamPython } from "./upstream-python.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const wanted = process.argv.slice(2);
const folders = globSync("modules/*/parity/parity.py", { cwd: repository })
  .map((path) => join(repository, dirname(path)))
  .filter((folder) => wanted.length === 0 || wanted.some((name) => folder === join(repository, "modules", name, "parity")));

if (folders.length === 0) {
  console.error(
    wanted.length === 0 ? "no module has parity/parity.py" : `no parity/parity.py in modules/${wanted.join(", modules/")}`,
  );
  process.exitCode = 2;
}
const data = join(repository, "..", "shared", "data");
const given = existsSync(data) ? ["--data", data] : [];
for (const folder of folders) {
  const python = await upstreamPython(folder);
  const options = { cwd: folder, env: cleanEnvironment(process.env), extendEnv: false, stdio: "inherit", reject: false } as const;
  const { exitCode } = await execa(python, ["-X", "utf8", "parity.py", ...given], options);
  if (exitCode !== 0) process.exitCode = 1;
}
