import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locks, lintLock, locksSchema, pythonFolder } from "@parfocal/core";
import { z } from "zod";
import { inputsSha256 } from "./inputs-hash.ts";
import { readPyproject } from "./pyproject.ts";

function readLocksFile(path: string): Locks | string {
  if (!existsSync(path)) return `${path} does not exist`;
  const text = readFileSync(path, "utf8");
  if (text.includes("://")) return `${path} names an address (://)`;
  try {
    return locksSchema.parse(JSON.parse(text));
  } catch (error) {
    return `${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`;
  }
}

/**
 * All that is wrong with a module's locks, without the network: drift from pyproject.toml, changed files, broken rules, left-over files.
 *
 * @returns one sentence for each problem; empty when the locks are in step.
 * @throws ParfocalError MODULE_INVALID when pyproject.toml cannot be read.
 */
export function checkLocks(moduleFolder: string): string[] {
  const problems: string[] = [];
  const { pythonMinor, requests } = readPyproject(join(pythonFolder(moduleFolder), "pyproject.toml"));
  const root = join(pythonFolder(moduleFolder), "locks");
  const profiles = new Set(requests.map((request) => request.profile));
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    if (!profiles.has(name)) problems.push(`${join(root, name)} is no profile of pyproject.toml`);
  }
  for (const profile of profiles) {
    const folder = join(root, profile);
    const locks = readLocksFile(join(folder, "locks.json"));
    if (typeof locks === "string") {
      problems.push(locks);
      continue;
    }
    if (locks.python !== pythonMinor)
      problems.push(`${folder}: locked for Python ${locks.python}, pyproject.toml asks for ${pythonMinor}`);
    const entries = { ...locks.accelerators, ...locks.extras };
    const wanted = requests.filter((request) => request.profile === profile);
    for (const name of new Set([
      ...Object.keys(entries),
      ...readdirSync(folder).flatMap((file) => file.match(/^(.+)\.txt$/)?.[1] ?? []),
    ])) {
      if (!wanted.some((request) => request.name === name))
        problems.push(`${join(folder, name)}.txt is not asked for by pyproject.toml`);
    }
    for (const request of wanted) {
      const path = join(folder, `${request.name}.txt`);
      const entry = (request.accelerator === null ? locks.extras : locks.accelerators)[request.name as "cpu"];
      if (!entry || !existsSync(path)) {
        problems.push(`${path} is missing`);
        continue;
      }
      const text = readFileSync(path, "utf8");
      const sha256 = createHash("sha256").update(text).digest("hex");
      if (sha256 !== entry.sha256) problems.push(`${path} was changed: its sha256 is not the one in locks.json`);
      if (inputsSha256(request, requests, pythonMinor) !== entry.inputsSha256)
        problems.push(`${path} is older than pyproject.toml`);
      for (const { line, problem } of lintLock(text)) problems.push(`${path}:${line} ${problem}`);
    }
  }
  return problems;
}
