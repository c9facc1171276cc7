import type { PixelSize } from "@parfocal/core";
import { micrometresPer } from "./length-units.ts";
import { type Attributes, type XmlElement, xmlElements } from "./xml-elements.ts";

/** What OME-XML says of one image. */
export interface OmeImage {
  /** As the file calls it, or empty. */
  readonly name: string;
  /** Axes from the slowest to the fastest, for example "tczyx"; c counts the pages, not the samples inside them. */
  readonly axes: string;
  readonly sizes: Readonly<Record<"t" | "c" | "z", number>>;
  readonly samples: number;
  readonly pixelSize: PixelSize;
  /** Names of the channels, empty where there is none, and one for each sample where several lie in a page. */
  readonly channels: readonly string[];
  /** Directory of the file that comes before all others of this image. */
  readonly firstDirectory: number;
  /** For each plane in the order of `axes` the directory that holds it, from `firstDirectory` on, -1 for none; null when the planes follow each other. */
  readonly planes: readonly number[] | null;
  /** Other files that hold planes of this image. */
  readonly otherFiles: readonly string[];
}

/** What OME-XML says of a file. */
export interface OmeDescription {
  /** At least one. */
  readonly images: readonly OmeImage[];
}

/** More planes than a table is made for: a damaged size could ask for any number. */
const maxPlanes = 1_000_000;

/** More images than any file has; a damaged text could name any number. */
const maxImages = 10_000;

/** Reads OME-XML. @returns null when the text is none */
export function parseOmeDescription(description: string, fileName: string): OmeDescription | null {
  if (!description.includes("<OME") && !description.includes(":OME")) return null;
  const own = xmlElements(description, "OME")[0]?.attributes.get("UUID");
  const images: OmeImage[] = [];
  let next = 0;
  for (const { attributes, content } of xmlElements(description, "Image").slice(0, maxImages)) {
    const [pixels] = xmlElements(content, "Pixels");
    const image = pixels === undefined ? null : imageOf(attributes.get("Name") ?? "", pixels, fileName, own, next);
    if (image === null) return null;
    images.push(image);
    const { t, c, z } = image.sizes;
    next = image.firstDirectory + t * c * z;
  }
  return images.length === 0 ? null : { images };
}

/** @param next directory behind the images before, where this one begins if it does not say so */
function imageOf(
  name: string,
  { attributes, content }: XmlElement,
  fileName: string,
  own: string | undefined,
  next: number,
): OmeImage | null {
  const order = attributes.get("DimensionOrder")?.toLowerCase() ?? "xyczt";
  if (!/^xy[czt]{3}$/.test(order) || new Set(order).size !== 5) return null;
  const size = (letter: string): number => Math.max(1, Number.parseInt(attributes.get(`Size${letter}`) ?? "1", 10) || 1);
  const channels = xmlElements(content, "Channel").map((channel) => channel.attributes);
  const samples = Number.parseInt(channels[0]?.get("SamplesPerPixel") ?? "1", 10) || 1;
  const sizes = { t: size("T"), z: size("Z"), c: Math.max(1, Math.floor(size("C") / samples)) };
  const axes = [...order].reverse().join("");
  const data = xmlElements(content, "TiffData");
  const planes = planesOf(
    data.map((element) => element.attributes),
    axes,
    sizes,
  );
  const isWhole = planes !== null && !planes.includes(-1);
  const firstDirectory = isWhole ? planes.reduce((a, b) => Math.min(a, b)) : next;
  const relative = planes?.map((directory) => (directory < 0 ? -1 : directory - firstDirectory)) ?? null;
  return {
    name,
    axes,
    sizes,
    samples,
    pixelSize: pixelSizeOf(attributes),
    channels: samples === 1 ? channels.map((channel) => channel.get("Name") ?? "") : [],
    firstDirectory,
    planes: relative?.every((directory, index) => directory === index) ? null : relative,
    otherFiles: otherFilesOf(data, fileName, own),
  };
}

/** Files besides this one that hold planes. A file that was renamed still has its old name in its XML, and is known by its UUID, if it has one. */
function otherFilesOf(data: readonly XmlElement[], fileName: string, own: string | undefined): readonly string[] {
  const named = data.flatMap(({ content }) =>
    xmlElements(content, "UUID").map((uuid) => {
      const name = uuid.attributes.get("FileName") ?? fileName;
      return { name, isThis: name === fileName || uuid.content.trim() === own };
    }),
  );
  const others = new Set(named.filter(({ isThis }) => !isThis).map(({ name }) => name));
  const isRenamed = own === undefined && others.size === 1 && named.every(({ isThis }) => !isThis);
  return isRenamed ? [] : [...others];
}

function planesOf(data: readonly Attributes[], axes: string, sizes: OmeImage["sizes"]): readonly number[] | null {
  const order = [...axes.slice(0, 3)] as ("t" | "c" | "z")[];
  const count = sizes.t * sizes.c * sizes.z;
  // without attributes, planes follow each other
  if (data.every((attributes) => attributes.size === 0) || count > maxPlanes) return null;
  const planes = new Array<number>(count).fill(-1);
  let written = 0;
  for (const attributes of data) {
    const number = (name: string, otherwise: number): number => Number.parseInt(attributes.get(name) ?? "", 10) || otherwise;
    const first = { t: number("FirstT", 0), c: number("FirstC", 0), z: number("FirstZ", 0) };
    const start = order.reduce((index, axis) => index * sizes[axis] + first[axis], 0);
    const length =
      attributes.get("PlaneCount") === undefined ? (attributes.get("IFD") === undefined ? count : 1) : number("PlaneCount", 0);
    const end = Math.min(start + length, count);
    for (let index = Math.max(0, start); index < end; index += 1) planes[index] = number("IFD", 0) + index - start;
    // elements that name the same planes again and again are damaged
    written += Math.max(0, end - start);
    if (written > maxPlanes) return null;
  }
  return planes;
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
