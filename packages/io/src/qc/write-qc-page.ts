import { writeAtomically } from "@parfocal/core";
import { countsOf, remarkOn } from "./counts.ts";
import { addressOf, barChart, escapeHtml } from "./html.ts";
import { pageStyle } from "./page-style.ts";
import type { SizeHistogram } from "./size-histogram.ts";

/** What became of one image. */
export interface QcItem {
  readonly name: string;
  /** Objects found; null for an image that failed. */
  readonly objects: number | null;
  readonly medianDiameterPx?: number | null;
  readonly medianDiameterUm?: number | null;
  /** Small copy of the overlay, PNG; leave it out where there are too many, a page of some hundred opens well. */
  readonly thumbnail?: Uint8Array;
  /** Results, relative to the page, with forward slashes: `{ overlay: "a_overlay.png" }`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
  /** Why there are no results. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** What a page shows. */
export interface QcPage {
  readonly title: string;
  /** Facts above the charts, in their order: `{ module: "stardist 1.0.0" }`. */
  readonly facts: Readonly<Record<string, string>>;
  readonly items: readonly QcItem[];
  readonly sizes: SizeHistogram | null;
}

/** Items that are turned to text at once. */
const group = 200;

/**
 * Writes a page to look over a batch: how many objects each image has, how large they are, which images failed and why, which are unlike the
 * others, small pictures of the results. One HTML file that needs nothing else, no network and no scripts; light or dark as the browser is.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function writeQcPage(path: string, page: QcPage): Promise<void> {
  await writeAtomically(path, async (file) => {
    const put = (text: string): Promise<void> => file.append(Buffer.from(text));
    await put(head(page));
    const shown = page.items.filter(({ thumbnail }) => thumbnail !== undefined);
    if (shown.length > 0) {
      const some = shown.length < page.items.length ? ` <small>${shown.length} of ${page.items.length}</small>` : "";
      await put(`<h2>Overlays${some}</h2>\n<div class="gallery">\n`);
      for (const item of shown) await put(figure(item));
      await put("</div>\n");
    }
    await put('<h2>Images</h2>\n<table><thead><tr><th>image</th><th class="n">objects</th><th class="n">median diameter</th>');
    await put("<th>files</th><th>remarks</th></tr></thead><tbody>\n");
    const counts = countsOf(page.items);
    for (let from = 0; from < page.items.length; from += group) {
      const rows = page.items.slice(from, from + group).map((item) => row(item, remarkOn(item, counts)));
      await put(rows.join(""));
    }
    await put("</tbody></table>\n</main></body></html>\n");
  });
}

function head({ title, facts, items, sizes }: QcPage): string {
  const counts = countsOf(items);
  const failures = items.filter(({ error }) => error !== undefined);
  const numbers = {
    images: items.length,
    failed: failures.length,
    objects: counts.total,
    "objects per image, median": counts.median ?? "none",
  };
  const cells = Object.entries(numbers).map(
    ([name, value]) => `<div${name === "failed" && value !== 0 ? ' class="bad"' : ""}><b>${value}</b>${name}</div>`,
  );
  const rows = Object.entries(facts).map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style></head><body><main>
<h1>${escapeHtml(title)}</h1>
<div class="numbers">${cells.join("")}</div>
<dl>${rows.join("")}</dl>
<div class="charts">
${counts.bars.length > 0 ? barChart(counts.bars, "Images by number of objects") : ""}
${sizes === null ? "" : barChart(sizeBars(sizes), "Objects by equivalent diameter, pixels")}
</div>
${failures.length === 0 ? "" : `<h2>Failures</h2>\n<table><tbody>${failures.map(failure).join("")}</tbody></table>`}
`;
}

function sizeBars({ edges, counts }: SizeHistogram) {
  return counts.map((count, index) => ({
    label: `${edges[index]!.toPrecision(3)} to ${edges[index + 1]!.toPrecision(3)} px`,
    count,
  }));
}

function failure({ name, error }: QcItem): string {
  const { code, message, hint } = error!;
  const advice = hint === undefined ? "" : `<br><small>${escapeHtml(hint)}</small>`;
  return `<tr class="bad"><th>${escapeHtml(name)}</th><td>${escapeHtml(code)}</td><td>${escapeHtml(message)}${advice}</td></tr>\n`;
}

function figure({ name, objects, thumbnail, files }: QcItem): string {
  const image = `<img alt="" loading="lazy" src="data:image/png;base64,${Buffer.from(thumbnail!).toString("base64")}">`;
  const overlay = files?.overlay;
  const shown = overlay === undefined ? image : `<a href="${addressOf(overlay)}">${image}</a>`;
  return `<figure>${shown}<figcaption>${escapeHtml(name)} <b>${objects ?? ""}</b></figcaption></figure>\n`;
}

function row(
  { name, objects, medianDiameterPx, medianDiameterUm, files, warnings, error }: QcItem,
  remark: string | null,
): string {
  const px = medianDiameterPx == null ? "" : `${medianDiameterPx.toFixed(1)} px`;
  const um = medianDiameterUm == null ? "" : ` (${medianDiameterUm.toPrecision(3)} µm)`;
  const links = Object.entries(files ?? {}).map(([kind, path]) => `<a href="${addressOf(path)}">${escapeHtml(kind)}</a>`);
  const remarks = [...(error ? [`failed: ${error.code}`] : []), ...(remark === null ? [] : [remark]), ...(warnings ?? [])];
  const state = error ? "bad" : remark === null ? "" : "odd";
  return `<tr class="${state}"><th>${escapeHtml(name)}</th><td class="n">${objects ?? ""}</td><td class="n">${px}${um}</td><td>${links.join(" ")}</td><td>${remarks.map(escapeHtml).join("<br>")}</td></tr>\n`;
}
