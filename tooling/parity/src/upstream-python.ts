import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanEnvironment, findPython, findUv, readSettings } from "@parfocal/core";
import { execa } from "execa";

/**
 * The interpreter of the environment that `locks/default/cpu.txt` in a folder describes; built where it is missing, under `<home>/parity`.
 * @throws Error when uv fails, whose own message is on standard error.
 */
export async function upstreamPython(folder: string): Promise<string> {
  const settings = readSettings();
  const lock = join(folder, "locks", "default", "cpu.txt");
  const hash = createHash("sha256")
    .update(await readFile(lock))
    .digest("hex")
    .slice(0, 12);
  const environment = join(settings.home, "parity", hash);
  const python = join(environment, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
  const ready = join(environment, "ready");
  if (existsSync(ready)) return python;

  const uv = await findUv(settings);
  const base = await findPython(settings, "3.11", uv);
  const options = {
    env: { ...cleanEnvironment(process.env), UV_CACHE_DIR: settings.uvCache },
    extendEnv: false,
    stdio: "inherit",
  } as const;
  await execa(uv.path, ["venv", "--no-config", "--clear", "--python", base.path, environment], options);
  const sources = [
    ...(settings.offline ? ["--offline", "--no-index"] : settings.index === undefined ? [] : ["--default-index", settings.index]),
    ...settings.wheelhouse.flatMap((place) => ["--find-links", place]),
  ];
  const install = ["pip", "install", "--no-config", "--python", python, "--require-hashes", "--no-deps", "--no-build"];
  await execa(uv.path, [...install, ...sources, "-r", lock], options);
  await writeFile(ready, "");
  return python;
}
