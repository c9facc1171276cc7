import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bytesOf, type Labels, ParfocalError, type PixelSize, writeAtomically, writeFolderAtomically } from "@parfocal/core";

const compress = promisify(gzip);
/** Side of a chunk along y and x; one along other axes. */
const chunkSide = 1024;
/** Levels are halved until they are no larger than this. */
const smallestLevel = 512;
const version = "0.5";

type LabelType = "uint16" | "uint32";

/**
 * Writes labels as an OME-Zarr 0.5 label image: a folder, levels halved by taking every other pixel, so that ids stay what they are; gzip. In a folder
 * `labels` of another OME-Zarr the name is added to that folder's list.
 *
 * @param path folder to write; an earlier one is replaced when the new one is whole
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function writeZarrLabels(
  path: string,
  labels: Labels,
  dtype: LabelType,
  pixelSize: PixelSize | undefined,
): Promise<void> {
  try {
    await checkReplaceable(path);
    await mkdir(dirname(path), { recursive: true });
    await writeFolderAtomically(path, (folder) => writeLevels(folder, labels, dtype, pixelSize));
    if (basename(dirname(path)) === "labels") await register(dirname(path), basename(path));
  } catch (cause) {
    if (cause instanceof ParfocalError) throw cause;
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: ${(cause as Error).message}`, {
      hint: "choose another folder or name",
      cause,
    });
  }
}

/** Whatever else lies there is not ours to remove. */
async function checkReplaceable(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) === null) return;
  const text = await readFile(join(path, "zarr.json"), "utf8").catch(() => "");
  if (text.includes('"image-label"')) return;
  throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: something else is there`, {
    hint: "choose another name, or remove it first",
  });
}

async function writeLevels(folder: string, labels: Labels, dtype: LabelType, pixelSize: PixelSize | undefined): Promise<void> {
  const zarr = await import("zarrita");
  const store = {
    get: async () => undefined,
    async set(key: string, value: Uint8Array) {
      const file = join(folder, key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, value);
    },
  };
  const root = zarr.root(store);
  const datasets: { path: string; scale: number[] }[] = [];
  for (let level = labels, step = 1; ; step *= 2) {
    const name = String(datasets.length);
    const chunkShape = level.shape.map((length, at) => ("yx".includes(level.axes[at]!) ? Math.min(length, chunkSide) : 1));
    await zarr.create(root.resolve(name), {
      shape: [...level.shape],
      chunkShape,
      dtype,
      fillValue: 0,
      dimensionNames: [...level.axes],
      codecs: [
        { name: "bytes", configuration: { endian: "little" } },
        { name: "gzip", configuration: { level: 1 } },
      ],
    });
    for (const [key, ids] of chunksOf(level, chunkShape)) {
      const data = dtype === "uint16" ? new Uint16Array(ids) : new Uint32Array(ids);
      await store.set(`${name}/c/${key}`, await compress(bytesOf({ data, dtype, shape: [data.length] }), { level: 1 }));
    }
    datasets.push({ path: name, scale: scaleOf(level.axes, pixelSize, step) });
    if (level.shape.every((length, at) => !"yx".includes(level.axes[at]!) || length <= smallestLevel)) break;
    level = halved(level);
  }
  await zarr.create(root, { attributes: { ome: describe(labels.axes, datasets, pixelSize) } });
}

function describe(axes: string, datasets: readonly { path: string; scale: number[] }[], pixelSize: PixelSize | undefined) {
  const unitOf = (axis: string): object => (pixelSize?.[axis as keyof PixelSize] === undefined ? {} : { unit: "micrometer" });
  return {
    version,
    "image-label": { version },
    multiscales: [
      {
        name: "labels",
        type: "nearest",
        axes: [...axes].map((name) => ({ name, type: name === "t" ? "time" : "space", ...unitOf(name) })),
        datasets: datasets.map(({ path, scale }) => ({ path, coordinateTransformations: [{ type: "scale", scale }] })),
      },
    ],
  };
}

function scaleOf(axes: string, pixelSize: PixelSize | undefined, step: number): number[] {
  return [...axes].map((axis) => (pixelSize?.[axis as keyof PixelSize] ?? 1) * ("yx".includes(axis) ? step : 1));
}

/** Chunks that hold anything, each of its full size, by their key. */
function* chunksOf({ data, shape }: Labels, chunkShape: readonly number[]): Generator<[key: string, ids: Int32Array]> {
  const [height, width] = shape.slice(-2) as [number, number];
  const [rows, columns] = chunkShape.slice(-2) as [number, number];
  const outer = shape.slice(0, -2);
  const planes = outer.reduce((product, length) => product * length, 1);
  for (let plane = 0; plane < planes; plane += 1) {
    const index = outer.map((length, at) => Math.floor(plane / outer.slice(at + 1).reduce((a, b) => a * b, 1)) % length);
    for (let top = 0; top < height; top += rows) {
      for (let left = 0; left < width; left += columns) {
        const ids = new Int32Array(rows * columns);
        let isEmpty = true;
        for (let y = 0; y < Math.min(rows, height - top); y += 1) {
          const from = (plane * height + top + y) * width + left;
          const line = data.subarray(from, from + Math.min(columns, width - left));
          isEmpty &&= line.every((id) => id === 0);
          ids.set(line, y * columns);
        }
        if (!isEmpty) yield [[...index, top / rows, left / columns].join("/"), ids];
      }
    }
  }
}

/** Every other pixel along y and x. */
function halved(labels: Labels): Labels {
  const [height, width] = labels.shape.slice(-2) as [number, number];
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const planes = labels.data.length / (height * width);
  const data = new Int32Array(planes * rows * columns);
  for (let line = 0, to = 0; line < planes * rows; line += 1) {
    const from = (Math.floor(line / rows) * height + (line % rows) * 2) * width;
    for (let x = 0; x < width; x += 2, to += 1) data[to] = labels.data[from + x]!;
  }
  return { ...labels, data, shape: [...labels.shape.slice(0, -2), rows, columns] };
}

/** Adds a name to the list of a `labels` folder. */
async function register(folder: string, name: string): Promise<void> {
  const path = join(folder, "zarr.json");
  const known = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as { attributes?: { ome?: { labels?: string[] } } },
    () => null,
  );
  const names = new Set([...(known?.attributes?.ome?.labels ?? []), name]);
  const group = { zarr_format: 3, node_type: "group", attributes: { ome: { version, labels: [...names] } } };
  await writeAtomically(path, (file) => file.append(Buffer.from(JSON.stringify(group, null, 2))));
}
