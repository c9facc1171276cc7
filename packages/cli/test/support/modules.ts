import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspace } from "./cli.ts";

const threshold = join(workspace, "modules/threshold");

/**
 * Writes a module with a worker of its own into a folder. It has the manifest and the locks of threshold, so that it shares the
 * environment that is there already.
 */
export function writeModule(folder: string, name: string, worker: string): string {
  mkdirSync(join(folder, "python"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(threshold, "module.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(folder, "module.json"), JSON.stringify({ ...manifest, name }));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: `test-${name}`, version: "1.0.0", parfocal: { module: "module.json" } }),
  );
  for (const part of ["python/locks", "python/sample"]) cpSync(join(threshold, part), join(folder, part), { recursive: true });
  writeFileSync(join(folder, "python/worker.py"), worker);
  return folder;
}

/** A worker whose `predict` has this body; `image`, `params` and `context` are there. */
export function workerWith(predict: string, init = "pass"): string {
  const indent = (text: string): string => text.trim().replaceAll("\n", "\n        ");
  return `from __future__ import annotations

import time

import numpy as np
from parfocal_worker import BadInputError, WeightsError


class Model:
    device = "cpu"

    def __init__(self, options):
        ${indent(init)}

    def predict(self, image, params, context):
        ${indent(predict)}
`;
}
