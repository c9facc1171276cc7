import { stat } from "node:fs/promises";
import { listWeights, type Module, type Params, selectSets, splitParams } from "@parfocal/core";
import { type CliContext, writeJson } from "../context.ts";
import { environmentState } from "../modules/environment-state.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import type { Failure } from "./outcome.ts";
import { displayPath } from "./report-outcome.ts";
import type { BatchItem } from "./run-batch.ts";

/**
 * Says what a run would read, write and download. Starts, writes and fetches nothing.
 *
 * @returns the exit code: 0, or 5 with inputs that are not there
 */
export async function tellDryRun(
  items: readonly BatchItem[],
  missing: readonly Failure[],
  { module, params }: { readonly module: Module; readonly params: Params },
  context: CliContext,
): Promise<number> {
  const { terminal, json, cwd } = context;
  const { state, downloadBytes, installedBytes } = await environmentState(module);
  let inputBytes = 0;
  let replaced = 0;
  for (const { path, outputs } of items) {
    const bytes = await sizeOf(path);
    inputBytes += bytes ?? 0;
    const files = Object.values(outputs).filter((file): file is string => typeof file === "string");
    const replaces = (await sizeOf(outputs.run)) !== null;
    if (replaces) replaced += 1;
    if (json) writeJson(context, { type: "plan", input: path, bytes, outputs, replaces });
    else {
      terminal.out(`${displayPath(path, cwd)}  ${bytes === null ? "?" : formatBytes(bytes)}\n`);
      terminal.out(`  -> ${files.map((file) => displayPath(file, cwd)).join(", ")}${replaces ? "  (replaced)" : ""}\n`);
    }
  }
  for (const { input, error } of missing) {
    if (json) writeJson(context, { type: "error", input, code: error.code, message: error.message, hint: error.hint });
    else terminal.err(`${displayPath(input, cwd)}  ${error.message}\n`);
  }
  const weights = planWeights(module, params);
  const environment = { state, downloadBytes, installedBytes };
  if (json) {
    writeJson(context, { type: "dry-run", images: items.length, inputBytes, replaced, environment, weights });
  } else {
    terminal.out(`\nwould read ${formatCount(items.length, "image")}, ${formatBytes(inputBytes)}; ${replaced} done before\n`);
    const needs = downloadBytes === null ? "an unknown amount" : `up to ${formatBytes(downloadBytes)}`;
    terminal.out(state === "ready" ? "environment ready, nothing to download\n" : `environment ${state}: downloads ${needs}\n`);
    for (const plan of weights) terminal.out(`weights ${plan.name}: ${describeWeights(plan)}\n`);
    if (module.manifest.prepares) terminal.out("the module fetches its model when it is first used: size unknown\n");
  }
  return missing.length > 0 ? 5 : 0;
}

/** Weights that these parameters need, and what of them would be downloaded. */
interface WeightsPlan {
  readonly name: string;
  readonly isHere: boolean;
  /** Bytes of the files that are not here, as far as they are recorded. */
  readonly downloadBytes: number;
  /** Files that are not here and whose size nobody recorded. */
  readonly filesOfUnknownSize: number;
}

function planWeights({ manifest }: Module, params: Params): WeightsPlan[] {
  const needed = selectSets(manifest.weights, splitParams(manifest, params).load);
  return listWeights({ weights: needed }).map(({ name, isHere, files }) => {
    const sizes = files.filter((file) => !file.isHere).map(({ bytes }) => bytes);
    const known = sizes.filter((bytes) => bytes !== null);
    const downloadBytes = known.reduce((sum, bytes) => sum + bytes, 0);
    return { name, isHere, downloadBytes, filesOfUnknownSize: sizes.length - known.length };
  });
}

function describeWeights({ isHere, downloadBytes, filesOfUnknownSize }: WeightsPlan): string {
  if (isHere) return "here, nothing to download";
  if (filesOfUnknownSize === 0) return `downloads ${formatBytes(downloadBytes)}`;
  if (downloadBytes === 0) return "downloads, size unknown";
  return `downloads ${formatBytes(downloadBytes)} and ${formatCount(filesOfUnknownSize, "file")}, size unknown`;
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null,
  );
