import { bytesPerElement, type DType, dtypeNames, type NdArray } from "@parfocal/core";
import * as zarr from "zarrita";
import { checkSize } from "../read/check-size.ts";
import { choosePosition } from "../read/choose.ts";
import type { PixelSource, ReadOptions } from "../read/image-reader.ts";
import { checkNamedAxes } from "../read/name-axes.ts";
import { unreadable } from "../read/unreadable.ts";
import { boundCodecs } from "./bound-codecs.ts";
import { fieldsOf, type GroupMetadata, imageOf, readGroup, type ZarrImage } from "./zarr-metadata.ts";
import { createZarrStore, type ZarrStore } from "./zarr-store.ts";

/** A chunk is decoded as a whole. */
const largestChunk = 2 ** 31 - 1;

type ZarrArray = zarr.Array<zarr.DataType, ZarrStore>;

/**
 * Opens an OME-Zarr 0.4 or 0.5 in a local folder: an image, a plate, or the series of bioformats2raw. A plain Zarr array is read, too, if its axes are named.
 *
 * @throws ParfocalError INPUT_UNREADABLE when it is none or damaged; INPUT_REJECTED when axes or position do not fit
 */
export async function openZarr(folder: string, options: ReadOptions): Promise<PixelSource> {
  boundCodecs();
  const store = createZarrStore(folder);
  const { image, positions, version } = await findImage(store, folder, options);
  const arrays = await Promise.all(image.paths.map((path) => openArray(store, folder, path)));
  const [full, ...others] = arrays as [ZarrArray, ...ZarrArray[]];
  const axes = options.axes ?? image.axes;
  const { shape } = full;
  if (options.axes !== undefined || axes.length !== shape.length || !axes.includes("y") || !axes.includes("x")) {
    checkNamedAxes(folder, axes, shape);
  }
  const dtype = dtypeOf(folder, full);
  checkSize(folder, shape, dtype, Number.POSITIVE_INFINITY);
  const sizeOf = ({ shape: lengths }: ZarrArray) => ({ y: lengths[axes.indexOf("y")]!, x: lengths[axes.indexOf("x")]! });
  const levels = [full, ...others.filter((array) => isCopy(array, full, axes) && dtypeOf(folder, array) === dtype)];
  const channels = image.channels.length === shape[axes.indexOf("c")] && image.channels.some((name) => name !== "");
  const { pixelSize } = image;
  const source: PixelSource = {
    header: {
      format: version,
      axes,
      shape,
      dtype,
      ...(Object.keys(pixelSize).length > 0 && { pixelSize }),
      ...(channels && { channels: image.channels }),
      ...(positions.length > 1 && { positions }),
      ...(levels.length > 1 && { levels: levels.map(sizeOf) }),
      pages: shape.reduce((product, length, at) => ("yx".includes(axes[at]!) ? product : product * length), 1),
      notes: image.notes,
    },
    async readAll() {
      checkSize(folder, shape, dtype, options.maxBytes);
      return read(folder, full, null);
    },
    storedBytes: (enough) => store.bytesBelow(full.path, enough),
  };
  if (!axes.endsWith("yx")) return source;
  return {
    ...source,
    readBlock(index, { y, x }, level) {
      const selection = [...axes].map((axis) =>
        axis === "y" ? zarr.slice(...y) : axis === "x" ? zarr.slice(...x) : (index[axis as "c"] ?? 0),
      );
      return read(folder, levels[level]!, selection);
    },
  };
}

interface FoundImage {
  readonly image: ZarrImage;
  readonly positions: readonly string[];
  readonly version: string;
}

async function findImage(store: ZarrStore, folder: string, { axes, position }: ReadOptions): Promise<FoundImage> {
  const root = await readGroup(store, folder);
  if (root === null || isBare(root)) {
    const array = (await store.readJson(".zarray")) ?? (await store.readJson("zarr.json"));
    if (array === null || (root !== null && array.node_type === "group")) {
      const known = root === null ? "it is a folder" : "it is a Zarr group without an image of OME-Zarr in it";
      throw unreadable(folder, known, "give the image files in it, or an OME-Zarr");
    }
    choosePosition(folder, [], position);
    return { image: { ...bareImage(folder, array, axes), paths: ["/"] }, positions: [], version: "zarr" };
  }
  const version = root.zarr === 3 ? "OME-Zarr 0.5" : "OME-Zarr 0.4";
  const own = imageOf(root, folder, "");
  if (own !== null) {
    choosePosition(folder, [], position);
    return { image: own, positions: [], version };
  }
  const fields = await fieldsOf(root, store, folder);
  const names = fields.map(({ name }) => name);
  const field = fields[choosePosition(folder, names, position)];
  const group = field === undefined ? null : await readGroup(store, folder, field.key);
  const image = group === null ? null : imageOf(group, folder, field!.key);
  if (image === null) throw unreadable(folder, `there is no image at ${field?.key ?? "any field"}`, "export it again");
  const first = names.length > 1 && position === undefined ? [`the first of ${names.length} images in the file is read`] : [];
  return { image: { ...image, notes: [...first, ...image.notes] }, positions: names, version };
}

const isBare = ({ multiscales, plate, series, ...rest }: GroupMetadata): boolean =>
  multiscales === undefined && plate === undefined && series === undefined && rest["bioformats2raw.layout"] === undefined;

/** A plain array, whose axes are what the caller or its `dimension_names` say. */
function bareImage(
  folder: string,
  metadata: Readonly<Record<string, unknown>>,
  given: string | undefined,
): Omit<ZarrImage, "paths"> {
  const names = metadata.dimension_names;
  const named = Array.isArray(names) ? names.join("").toLowerCase() : "";
  const rank = Array.isArray(metadata.shape) ? metadata.shape.length : 0;
  const axes = given ?? (/^[tczyx]+$/.test(named) ? named : rank === 2 ? "yx" : "");
  if (axes === "")
    throw unreadable(folder, "nothing says which axes this Zarr array has", "name them with `axes` (on the command line --axes)");
  return { name: "", axes, pixelSize: {}, channels: [], notes: [] };
}

async function openArray(store: ZarrStore, folder: string, path: string): Promise<ZarrArray> {
  if (/(^|[\\/])\.\.([\\/]|$)/.test(path) || /^[\\/]./.test(path) || /^[a-z]+:/i.test(path)) {
    throw unreadable(folder, `it names "${path}", which lies outside of it`, "get the file from somebody you trust");
  }
  const checked = await checkPlainChunks(store, folder, path);
  const array = await explain(folder, `the array ${path}`, () => zarr.open(zarr.root(checked).resolve(path), { kind: "array" }));
  const bytes = array.chunks.reduce((product, length) => product * length, 1) * 8;
  if (!(bytes > 0 && bytes / 8 <= largestChunk / bytesPerElement(dtypeOf(folder, array)))) {
    throw unreadable(
      folder,
      `its chunks are too large to be decoded (${array.chunks.join(" x ")})`,
      "save it with smaller chunks",
    );
  }
  return array as ZarrArray;
}

/** Chunks of Zarr 2 that are not compressed pass through no decoder that could tell that they are cut off. */
async function checkPlainChunks(store: ZarrStore, folder: string, path: string): Promise<ZarrStore> {
  const metadata = await store.readJson(`${path.replace(/^\/$/, "")}/.zarray`);
  const chunks: unknown = metadata?.chunks;
  const bytesEach = Number(/(\d+)$/.exec(String(metadata?.dtype))?.[1] ?? 1);
  if (metadata === null || metadata.compressor !== null || metadata.filters != null || !Array.isArray(chunks)) return store;
  const needed = chunks.reduce((product: number, length) => product * Number(length), bytesEach);
  return {
    ...store,
    async get(key, options) {
      const bytes = await store.get(key, options);
      const isChunk = bytes !== undefined && /\/[\d./]+$/.test(key);
      if (!isChunk || bytes.byteLength >= needed) return bytes;
      throw unreadable(folder, `its pixels: a chunk is cut off: it has ${bytes.byteLength} of ${needed} bytes`);
    },
  };
}

function dtypeOf(folder: string, array: { readonly dtype: string }): DType {
  if ((dtypeNames as readonly string[]).includes(array.dtype)) return array.dtype as DType;
  throw unreadable(folder, `its elements are ${array.dtype}`, "save it with whole numbers or float32");
}

/** True for a smaller level: the same but for y and x. */
function isCopy(array: ZarrArray, full: ZarrArray, axes: string): boolean {
  return (
    array.shape.length === full.shape.length &&
    array.shape.every((length, at) =>
      "yx".includes(axes[at]!) ? length <= full.shape[at]! && length > 0 : length === full.shape[at],
    )
  );
}

async function read(folder: string, array: ZarrArray, selection: (number | zarr.Slice)[] | null): Promise<NdArray> {
  const chunk = await explain(folder, "its pixels", () => zarr.get(array, selection));
  if (typeof chunk !== "object" || chunk === null || !("data" in chunk)) throw unreadable(folder, "a selection is no array");
  const { data, shape } = chunk as { data: unknown; shape: number[] };
  const dtype = dtypeOf(folder, array);
  // zarrita packs booleans in a class of its own
  const plain = dtype === "bool" ? Uint8Array.from(data as Iterable<boolean>, Number) : (data as NdArray["data"]);
  return { data: plain, shape, dtype };
}

async function explain<T>(folder: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "INPUT_UNREADABLE") throw cause;
    const inner = (cause as { cause?: { message?: string } }).cause?.message;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(folder, `${what}: ${message}${inner === undefined ? "" : `: ${inner}`}`, "export the image again", cause);
  }
}
