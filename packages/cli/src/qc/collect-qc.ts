import { basename, dirname, join, relative, sep } from "node:path";
import type { Module, Params } from "@parfocal/core";
import type { QcItem, SizeCounter, SizeHistogram } from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { Outcome, Skipped, Success } from "../run/outcome.ts";
import type { Batch, Summary } from "../run/summary.ts";

/** Pages with more pictures open slowly. */
const mostThumbnails = 120;
/** Longest side of the small copy of an overlay. */
export const thumbnailSide = 160;

/** Which of `count` images have a picture on the page: all, or evenly spread ones. */
export function hasThumbnail(index: number, count: number): boolean {
  return index % Math.max(1, Math.ceil(count / mostThumbnails)) === 0;
}

/** Gathers what a batch came to, without its arrays, and writes the page to look it over. */
interface QcCollector extends Summary {
  /** Sizes of all objects so far. */
  sizes(): SizeHistogram | null;
}

/** The page is `qc.html` beside the results. Of images that were done before, sizes of objects and pictures are taken from what lies there. */
export function createQcCollector(module: Module, params: Params, batch: Batch): QcCollector {
  const { runs } = batch;
  const folder = dirname(runs[0] ?? ".");
  const places = new Map(runs.map((run, index) => [run, index]));
  const items: { readonly place: number; readonly item: QcItem }[] = [];
  let sizes: SizeCounter | null = null;

  async function itemOf(outcome: Outcome): Promise<QcItem> {
    const { error, input } = outcome;
    if (error)
      return { name: basename(input), objects: null, error: { code: error.code, message: error.message, hint: error.hint } };
    const io = await import("@parfocal/io");
    sizes ??= io.createSizeCounter(batch.sizes);
    if (!outcome.skipped) {
      sizes.add(outcome.result.labels);
      return { ...itemOfSuccess(outcome), files: filesIn(folder, outcome.outputs) };
    }
    const { labels, overlay, run } = outcome.outputs;
    const old = batch.sizes === null ? await io.readLabels(labels).catch(() => null) : null;
    if (old !== null) sizes.add(old);
    const isShown = overlay !== null && hasThumbnail(places.get(run) ?? 0, runs.length);
    const thumbnail = isShown ? await io.thumbnailOf(overlay, thumbnailSide).catch(() => null) : null;
    return { ...itemOfSkipped(outcome), files: filesIn(folder, outcome.outputs), ...(thumbnail && { thumbnail }) };
  }

  return {
    sizes: () => sizes?.histogram() ?? batch.sizes,
    async add(outcome) {
      const run = outcome.error ? outcome.run : outcome.outputs.run;
      items.push({ place: places.get(run ?? "") ?? -1, item: await itemOf(outcome) });
    },
    async write() {
      if (items.every(({ item }) => item.objects === null)) return null;
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
      const ordered = items.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
      await writeQcPage(path, { title, facts, items: ordered, sizes: sizes?.histogram() ?? batch.sizes });
      return { path, words: "look it over" };
    },
  };
}

function filesIn(folder: string, outputs: OutputPlan): Record<string, string> {
  const files = (Object.entries(outputs) as [string, string | null][]).flatMap(([kind, path]) =>
    path === null ? [] : [[kind, relative(folder, path).split(sep).join("/")] as const],
  );
  return Object.fromEntries(files);
}

function itemOfSkipped({ input, skipped, warnings }: Skipped): QcItem {
  const { count, medianDiameterPx, medianDiameterUm } = skipped;
  return { name: basename(input), objects: count, medianDiameterPx, medianDiameterUm, warnings };
}

function itemOfSuccess({ input, objects, result, thumbnail }: Success): QcItem {
  const { count, medianDiameterPx, medianDiameterUm } = objects;
  const { warnings } = result;
  return { name: basename(input), objects: count, medianDiameterPx, medianDiameterUm, warnings, ...(thumbnail && { thumbnail }) };
}
