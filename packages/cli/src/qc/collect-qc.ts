import { basename, dirname, join, relative, sep } from "node:path";
import type { Module, Params } from "@parfocal/core";
import type { QcItem, SizeCounter } from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { Outcome, Success } from "../run/outcome.ts";

/** Pages with more pictures open slowly. */
const mostThumbnails = 120;

/** Which of `count` images have a picture on the page: all, or evenly spread ones. */
export function hasThumbnail(index: number, count: number): boolean {
  return index % Math.max(1, Math.ceil(count / mostThumbnails)) === 0;
}

/** Gathers what a batch came to, without its arrays, and writes the page to look it over. */
export interface QcCollector {
  add(outcome: Outcome): Promise<void>;
  /** @returns the page's path, null where no image has results. @throws ParfocalError OUTPUT_UNWRITABLE */
  write(): Promise<string | null>;
}

/**
 * @param folder where the results lie; the page is `qc.html` in it
 */
export function createQcCollector(module: Module, params: Params, folder: string): QcCollector {
  const items: QcItem[] = [];
  let sizes: SizeCounter | null = null;
  return {
    async add(outcome) {
      if (outcome.error) {
        const { code, message, hint } = outcome.error;
        items.push({ name: basename(outcome.input), objects: null, error: { code, message, hint } });
        return;
      }
      if (outcome.skipped) {
        const { count, medianDiameterPx, medianDiameterUm } = outcome.skipped;
        const files = filesIn(folder, outcome.outputs);
        items.push({ name: basename(outcome.input), objects: count, medianDiameterPx, medianDiameterUm, files });
        return;
      }
      const { createSizeCounter } = await import("@parfocal/io");
      sizes ??= createSizeCounter();
      sizes.add(outcome.result.labels);
      items.push(itemOf(outcome, folder));
    },
    async write() {
      if (items.every(({ objects }) => objects === null)) return null;
      const { writeQcPage } = await import("@parfocal/io");
      const path = join(folder, "qc.html");
      const title = `${module.name} on ${items.length} images`;
      const facts = {
        module: `${module.name} ${module.version}`,
        parameters: Object.entries(params)
          .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
          .join(", "),
        finished: new Date().toISOString().slice(0, 16).replace("T", " "),
      };
      await writeQcPage(path, { title, facts, items, sizes: sizes?.histogram() ?? null });
      return path;
    },
  };
}

function filesIn(folder: string, outputs: OutputPlan): Record<string, string> {
  const files = (Object.entries(outputs) as [string, string | null][]).flatMap(([kind, path]) =>
    path === null ? [] : [[kind, relative(folder, path).split(sep).join("/")] as const],
  );
  return Object.fromEntries(files);
}

function itemOf({ input, objects, outputs, result, thumbnail }: Success, folder: string): QcItem {
  return {
    name: basename(input),
    objects: objects.count,
    medianDiameterPx: objects.medianDiameterPx,
    medianDiameterUm: objects.medianDiameterUm,
    files: filesIn(folder, outputs),
    warnings: result.warnings,
    ...(thumbnail && { thumbnail }),
  };
}

/** The folder that the results of a batch share. */
export function resultsFolder(paths: readonly string[]): string {
  return dirname(paths[0] ?? ".");
}
