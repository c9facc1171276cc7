import type { PixelSize } from "@parfocal/core";
import { micrometresPer } from "./length-units.ts";

/** What OME-XML says of the first image of a file. */
export interface OmePixels {
  /** Axes from the slowest to the fastest, for example "tczyx"; c counts the pages, not the samples inside them. */
  readonly axes: string;
  readonly sizes: Readonly<Record<"t" | "c" | "z", number>>;
  readonly samples: number;
  readonly pixelSize: PixelSize;
  /** For each plane in the order of `axes` the directory that holds it, -1 for none; null when the planes follow each other. */
  readonly planes: readonly number[] | null;
  /** Images that the XML describes. */
  readonly images: number;
  /** Other files that hold planes of this image. */
  readonly otherFiles: readonly string[];
}

type Attributes = ReadonlyMap<string, string>;

/** Reads OME-XML. @returns null when the text is none. */
export function parseOmeDescription(description: string, fileName: string): OmePixels | null {
  if (!description.includes("<OME") && !description.includes(":OME")) return null;
  const pixels = /<(?:\w+:)?Pixels\b([^>]*)>([\s\S]*?)(?:<\/(?:\w+:)?Pixels>|$)/.exec(description);
  if (pixels === null) return null;
  const attributes = attributesOf(pixels[1]!);
  const order = attributes.get("DimensionOrder")?.toLowerCase() ?? "xyczt";
  if (!/^xy[czt]{3}$/.test(order) || new Set(order).size !== 5) return null;
  const size = (name: string): number => Math.max(1, Number.parseInt(attributes.get(`Size${name}`) ?? "1", 10) || 1);
  const samples = Number.parseInt(elements(pixels[2]!, "Channel")[0]?.attributes.get("SamplesPerPixel") ?? "1", 10) || 1;
  const sizes = { t: size("T"), z: size("Z"), c: Math.max(1, Math.floor(size("C") / samples)) };
  const axes = [...order].reverse().join("");
  const data = elements(pixels[2]!, "TiffData");
  const names = data.flatMap(({ content }) =>
    elements(content, "UUID").map((uuid) => uuid.attributes.get("FileName") ?? fileName),
  );
  return {
    axes,
    sizes,
    samples,
    pixelSize: pixelSizeOf(attributes),
    planes: planesOf(
      data.map((element) => element.attributes),
      axes,
      sizes,
    ),
    images: elements(description, "Image").length,
    otherFiles: [...new Set(names)].filter((name) => name !== fileName),
  };
}

function planesOf(data: readonly Attributes[], axes: string, sizes: OmePixels["sizes"]): readonly number[] | null {
  const order = [...axes.slice(0, 3)] as ("t" | "c" | "z")[];
  const count = sizes.t * sizes.c * sizes.z;
  // without attributes, planes follow each other; a damaged size must not make a table of any length
  if (data.every((attributes) => attributes.size === 0) || count > 1_000_000) return null;
  const planes = new Array<number>(count).fill(-1);
  for (const attributes of data) {
    const number = (name: string, otherwise: number): number => Number.parseInt(attributes.get(name) ?? "", 10) || otherwise;
    const first = { t: number("FirstT", 0), c: number("FirstC", 0), z: number("FirstZ", 0) };
    const start = order.reduce((index, axis) => index * sizes[axis] + first[axis], 0);
    const length =
      attributes.get("PlaneCount") === undefined ? (attributes.get("IFD") === undefined ? count : 1) : number("PlaneCount", 0);
    for (let index = 0; index < Math.min(length, count - start); index += 1) planes[start + index] = number("IFD", 0) + index;
  }
  return planes.every((directory, index) => directory === index) ? null : planes;
}

function pixelSizeOf(attributes: Attributes): PixelSize {
  const sizes: [string, number][] = [];
  for (const axis of ["x", "y", "z"]) {
    const name = `PhysicalSize${axis.toUpperCase()}`;
    const unit = micrometresPer(attributes.get(`${name}Unit`) ?? "um");
    const size = Number(attributes.get(name)) * (unit ?? Number.NaN);
    if (size > 0 && Number.isFinite(size)) sizes.push([axis, size]);
  }
  return Object.fromEntries(sizes);
}

function elements(xml: string, name: string): { readonly attributes: Attributes; readonly content: string }[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}\\b([^>]*?)(/>|>([\\s\\S]*?)</(?:\\w+:)?${name}>)`, "g");
  return [...xml.matchAll(pattern)].map((match) => ({ attributes: attributesOf(match[1]!), content: match[3] ?? "" }));
}

function attributesOf(text: string): Attributes {
  const pairs = [...text.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
  return new Map(pairs.map(([, name, double, single]) => [name!, decodeEntities(double ?? single ?? "")]));
}

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(#x?)?(\w+);/g, (whole, sign: string | undefined, code: string) => {
    if (sign === undefined) return named[code] ?? whole;
    const point = Number.parseInt(code, sign === "#x" ? 16 : 10);
    return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
