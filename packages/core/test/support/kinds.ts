import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Module } from "../../src/contract/module.ts";
import { readModule } from "../../src/module/read-module.ts";
import { thresholdFolder } from "./threshold.ts";

/** A module of `fixtures/workers` in a folder of its own, with threshold's locks and so in its environment. */
export async function copyModule(name: "measures" | "reads", folder: string): Promise<Module> {
  cpSync(fileURLToPath(new URL(`../fixtures/workers/${name}`, import.meta.url)), folder, { recursive: true });
  cpSync(join(thresholdFolder, "python/locks"), join(folder, "python/locks"), { recursive: true });
  return readModule(folder);
}
