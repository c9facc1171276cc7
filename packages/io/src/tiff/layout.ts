import { basename } from "node:path";
import { type DType, ParfocalError, type PixelSize } from "@parfocal/core";
import { checkSize } from "../read/check-size.ts";
import { choosePosition } from "../read/choose.ts";
import type { ReadOptions } from "../read/image-reader.ts";
import type { InputFile } from "../read/input-file.ts";
import { checkNamedAxes } from "../read/name-axes.ts";
import { damaged } from "./damaged.ts";
import { describeStack, type Stack } from "./describe-stack.ts";
import { type OmeDescription, parseOmeDescription } from "./ome-description.ts";
import { omeStack } from "./ome-stack.ts";
import { type Page, pageOf } from "./page.ts";
import { type Directory, readDirectories } from "./read-directories.ts";
import { compressions, tags } from "./tags.ts";

/** Everything that has to be known before pixels are read. */
export interface TiffLayout {
  /** Pages to read, in the order of the result. */
  readonly pages: readonly Page[];
  /** Pages whose pixels follow those of the one page in `pages`, with it; 1 where each has its own. */
  readonly contiguous: number;
  /** Samples that are kept of each pixel: transparency is not. */
  readonly samples: number;
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly pixelSize: PixelSize;
  readonly channels: readonly string[];
  /** Names of the images of an OME-TIFF. */
  readonly positions: readonly string[];
  /** Axes along which the pages follow each other, slowest first, and their lengths. */
  readonly pageAxes: string;
  readonly pageLengths: readonly number[];
  /** Directories of smaller copies of the one page, largest first; those of stacks are in the pages. */
  readonly reduced: readonly Page[];
  readonly notes: readonly string[];
}

/** Most bytes that one stored byte can become: LZW codes of 12 bits stand for up to about 4000 bytes, deflate reaches about 1000. */
const largestRatio = 3000;

/** Reads what a TIFF says of itself and checks it. @throws ParfocalError INPUT_UNREADABLE, INPUT_REJECTED for axes that do not fit */
export async function readLayout(file: InputFile, options: ReadOptions): Promise<TiffLayout> {
  const directories = await readDirectories(file);
  // thumbnails and the smaller copies of a pyramid say so
  const full = directories.filter(isFull);
  const usable = full.length > 0 ? full : [directories[0]!];
  const described = usable[0]!;
  const ome = parseOmeDescription(described.text(tags.imageDescription), basename(file.path));
  const image = ome === null ? null : ome.images[choosePosition(file.path, namesOf(ome), options.position)]!;
  if (image === null) choosePosition(file.path, [], options.position);
  const firstIndex = image?.firstDirectory ?? 0;
  if (firstIndex >= usable.length) throw damaged(file, `page ${firstIndex + 1} of ${usable.length} is missing`);
  const stored = samePages(usable.slice(firstIndex).map((directory) => () => pageOf(file, directory)));
  const stack = image === null ? describeStack(file, described, stored) : omeStack(image, stored);
  const pages = stack.sampleAxis === undefined ? stored : stored.map((page) => ({ ...page, hasAlpha: false }));
  const chosen = choosePages(file, stack, pages);
  const others = (ome?.images.length ?? 1) > 1;
  const notes = [...stack.notes, ...(others ? [] : leftOut(stack, pages, full.length)), ...meanings(pages[0]!)];
  if (ome !== null && others && options.position === undefined)
    notes.unshift(`the first of ${ome.images.length} images in the file is read`);
  const { axes, shape, guess } = nameAxes(file, stack, pages[0]!, options.axes);
  const [page] = pages;
  const samples = page!.samples - (page!.hasAlpha ? 1 : 0);
  checkSize(file.path, shape, page!.dtype, Number.POSITIVE_INFINITY);
  checkPlausible(file, chosen, stack.isContiguous);
  const contiguous = stack.isContiguous ? stack.lengths.reduce((product, length) => product * length, 1) : 1;
  const pixelSize = Object.fromEntries(
    // rationals of 32 bits hold no more digits, and 1 / (1 / 0.325) should be 0.325
    Object.entries(stack.pixelSize).flatMap(([axis, size]) => (axes.includes(axis) ? [[axis, Number(size.toPrecision(9))]] : [])),
  );
  const channels = image?.channels ?? [];
  return {
    pages: chosen,
    contiguous,
    samples,
    axes,
    shape,
    dtype: page!.dtype,
    pixelSize,
    channels: channels.length === shape[axes.indexOf("c")] && channels.some((name) => name !== "") ? channels : [],
    positions: others ? namesOf(ome!) : [],
    pageAxes: axes.slice(0, stack.lengths.length),
    pageLengths: stack.lengths,
    reduced: chosen.length === 1 && ome === null ? reducedCopies(file, directories, page!) : [],
    notes: [...guess, ...notes],
  };
}

const namesOf = (ome: OmeDescription): readonly string[] => ome.images.map(({ name }) => name);

const isFull = (directory: Directory): boolean => ((directory.numbers(tags.newSubfileType)[0] ?? 0) & 1) === 0;

/** Smaller copies of the only page that lie beside it and not below it, as in slide scanners' files. */
function reducedCopies(file: InputFile, directories: readonly Directory[], full: Page): readonly Page[] {
  return directories
    .filter((directory) => !isFull(directory))
    .map((directory) => pageOf(file, directory))
    .filter((page) => isCopy(page, full))
    .sort((a, b) => b.width - a.width);
}

/** True for a page that can be a smaller copy of another: thumbnails of another shape, labels and masks are none. */
export function isCopy(page: Page, full: Page): boolean {
  const ratio = page.width / page.height / (full.width / full.height);
  const isSmaller = page.width < full.width && page.height < full.height;
  return (
    isSmaller &&
    Math.abs(ratio - 1) < 0.05 &&
    page.dtype === full.dtype &&
    page.samples === full.samples &&
    page.isPlanar === full.isPlanar
  );
}

/** The first page and those after it that have its size and type. */
function samePages(all: readonly (() => Page)[]): readonly Page[] {
  const pages: Page[] = [];
  const keyOf = ({ width, height, samples, bits, dtype, isPlanar }: Page): string =>
    [width, height, samples, bits, dtype, isPlanar].join();
  for (const make of all) {
    const page = make();
    if (pages.length > 0 && keyOf(page) !== keyOf(pages[0]!)) break;
    pages.push(page);
  }
  return pages;
}

function choosePages(file: InputFile, { order, isContiguous }: Stack, pages: readonly Page[]): readonly Page[] {
  if (isContiguous) return [pages[0]!];
  if (order === null) return pages;
  return order.map((index) => {
    const page = pages[index];
    if (page === undefined) throw damaged(file, `page ${index + 1} of ${pages.length} is missing`);
    return page;
  });
}

function leftOut({ order, isContiguous, lengths }: Stack, pages: readonly Page[], total: number): readonly string[] {
  const used = isContiguous ? total : (order?.length ?? pages.length);
  const words = lengths.length === 0 && used === 1 ? "only the first page is read" : `only the first ${used} pages are read`;
  return used < total ? [`${words}: the file has ${total}`] : [];
}

function meanings(page: Page): readonly string[] {
  const notes: string[] = [];
  if (page.hasAlpha) notes.push("transparency is left out");
  if (page.photometric === 0) notes.push("the file stores white as 0: values are kept as they are stored");
  if (page.photometric === 3) notes.push("the file has a colour table: values are kept as they are stored");
  return notes;
}

function nameAxes(
  file: InputFile,
  stack: Stack,
  page: Page,
  given: string | undefined,
): { axes: string; shape: readonly number[]; guess: readonly string[] } {
  const samples = page.samples - (page.hasAlpha ? 1 : 0);
  const inside = samples === 1 ? "yx" : page.isPlanar ? `${stack.sampleAxis ?? "c"}yx` : "yxc";
  const sizes: Readonly<Record<string, number>> = { y: page.height, x: page.width };
  const shape = [...stack.lengths, ...[...inside].map((axis) => sizes[axis] ?? samples)];
  if (given !== undefined) {
    checkNamedAxes(file.path, given, shape);
    return { axes: given, shape, guess: [] };
  }
  const size = shape.join(" x ");
  if (stack.axes !== null) {
    const axes = stack.axes + inside;
    if (new Set(axes).size === axes.length) return { axes, shape, guess: [] };
    throw unnamed(`${file.path}: pages along c hold several channels each (${axes}, ${size})`, "save each channel as a page");
  }
  if (stack.lengths.length === 1) {
    const guess = [`axes taken as z${inside}: nothing in the file names them (${size})`];
    return { axes: `z${inside}`, shape, guess };
  }
  throw unnamed(
    `${file.path}: nothing says which axes an image of ${shape.length} dimensions (${size}) has`,
    "name them with `axes` (on the command line --axes), for example tzyx",
  );
}

/** Refuses a small file that claims to hold a large image, before memory is taken for it. */
function checkPlausible(file: InputFile, pages: readonly Page[], isContiguous: boolean): void {
  if (isContiguous) return;
  const [page] = pages;
  const needed = ((page!.width * page!.height * page!.samples * page!.bits) / 8) * pages.length;
  const listed = pages.reduce((sum, { byteCounts }) => sum + byteCounts.reduce((total, count) => total + count, 0), 0);
  const stored = Math.min(listed, file.size); // one block may be listed many times
  const ratio = pages.every(({ compression }) => compression === compressions.none) ? 1 : largestRatio;
  if (needed <= stored * ratio) return;
  throw damaged(file, `its pixels need ${needed} bytes, which the ${stored} stored ones cannot hold`);
}

function unnamed(message: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", message, { hint, details: {} });
}
