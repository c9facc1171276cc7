import type { Labels, Measurer, PixelSize, TableColumn } from "@parfocal/core";
import { ParfocalError } from "@parfocal/core";
import { type ImageWindow, type OpenImage, type ReadPartOptions, toLabels } from "@parfocal/io";
import { type Measured, withPixelSize } from "./measure-labels.ts";
import { createObjectExtents } from "./object-extents.ts";
import { type LabelWindow, planWindows } from "./plan-windows.ts";

/** Labels of one plane, too large to be held in memory with all that measuring needs. */
export interface LargePlane {
  readonly labels: OpenImage;
  readonly image: OpenImage | null;
  /** What to read of the image. */
  readonly reading: ReadPartOptions;
  readonly pixelSize: PixelSize | undefined;
  readonly height: number;
  readonly width: number;
  /** Pixels of a window. */
  readonly mostPixels: number;
}

/** Rows of a tile, or a multiple of them, in most files: bands that end with one are read once. */
const usualTile = 256;

/**
 * Measures the objects of a plane window by window; the table is that of the whole plane. Labels are read twice: to see where the objects lie, and to
 * measure them.
 *
 * @returns null when an object is too large for a window.
 * @throws ParfocalError INPUT_REJECTED, INPUT_UNREADABLE, and as the measurer's call
 */
export async function measureWindows(
  measurer: Measurer,
  plane: LargePlane,
  params: Readonly<Record<string, unknown>>,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Measured | null> {
  const { labels, image, reading, pixelSize, height, width } = plane;
  const extents = createObjectExtents();
  for (const window of bandsOf(plane)) {
    extents.add((await readIds(window)).data as Int32Array, width, window.y[0], 0);
    onProgress(window.y[1], 2 * height);
  }
  const windows = planWindows(extents.list(), width, plane.mostPixels);
  if (windows === null) return null;
  const parts: Measured[] = [];
  for (const [index, window] of (windows.length > 0 ? windows : [emptyWindow]).entries()) {
    parts.push(await measureOne(window));
    onProgress(windows.length + index + 1, 2 * windows.length);
  }
  return joinTables(parts);

  async function readIds(window: ImageWindow): Promise<Labels> {
    return toLabels(await labels.read({ window }), labels.path);
  }

  async function measureOne(window: LabelWindow): Promise<Measured> {
    const ids = await readIds(window);
    keepIds(ids.data as Int32Array, window.ids);
    const pixels = image === null ? null : await image.read({ ...reading, window });
    return measurer.measure(withPixelSize(ids, pixelSize), pixels && withPixelSize(pixels, pixelSize), params, {
      window: { origin: [window.y[0], window.x[0]], shape: [height, width] },
    });
  }
}

const emptyWindow: LabelWindow = { y: [0, 1], x: [0, 1], ids: [] };

function* bandsOf({ height, width, mostPixels }: LargePlane): Generator<ImageWindow> {
  const most = Math.max(1, Math.floor(mostPixels / width));
  const rows = most > usualTile ? most - (most % usualTile) : most;
  for (let y = 0; y < height; y += rows) yield { y: [y, Math.min(height, y + rows)], x: [0, width] };
}

/** Makes background of all that is not measured in a window. */
function keepIds(pixels: Int32Array, kept: readonly number[]): void {
  const ids = new Set(kept);
  let last = 0;
  let isKept = true;
  for (let at = 0; at < pixels.length; at += 1) {
    const id = pixels[at]!;
    if (id === 0) continue;
    if (id !== last) {
      last = id;
      isKept = ids.has(id);
    }
    if (!isKept) pixels[at] = 0;
  }
}

/** One table of those of the windows, sorted by label as that of the whole plane is. */
function joinTables(parts: readonly Measured[]): Measured {
  const { columns: first, provenance } = parts[0]!;
  const names = first.map(({ name }) => name).join(", ");
  const other = parts.find(({ columns }) => columns.map(({ name }) => name).join(", ") !== names);
  if (other !== undefined) {
    throw new ParfocalError("MODULE_INVALID", "the measurer's columns differ between windows of the same labels", {
      hint: "tell the module's author; windows must have the same columns",
    });
  }
  const whole = first.map((column, index): TableColumn => {
    const values = parts.flatMap(({ columns }) => Array.from(columns[index]!.values));
    // NaN or whole numbers in one window say little of the others
    const type = parts.some(({ columns }) => columns[index]!.type === "float") ? "float" : column.type;
    return { ...column, type, values: Float64Array.from(values) };
  });
  const ids = whole.find(({ name }) => name === "label")?.values;
  const warnings = [...new Set(parts.flatMap((part) => part.warnings))];
  if (ids === undefined) return { columns: whole, warnings, provenance };
  const order = Uint32Array.from(ids, (_, row) => row).sort((a, b) => ids[a]! - ids[b]!);
  const columns = whole.map((column) => ({ ...column, values: Float64Array.from(order, (row) => column.values[row]!) }));
  return { columns, warnings, provenance };
}
