import type { ModuleManifest, PixelSize } from "@parfocal/core";
import { type OpenImage, openImage, type ReadPartOptions } from "@parfocal/io";
import type { MicroscopeReaders } from "../inputs/microscope-readers.ts";
import { openInput } from "../inputs/read-input.ts";
import type { LargePlane } from "./measure-windows.ts";

/** Labels of more pixels than this are measured window by window, and no window has more: 4096 x 4096. */
const usualMostPixels = 2 ** 24;

export interface LargePlaneOptions {
  readonly labels: string;
  readonly image: string | null;
  readonly reading: ReadPartOptions;
  readonly microscopes: MicroscopeReaders;
  readonly pixelSize: PixelSize | undefined;
  readonly mostPixels?: number;
}

/**
 * Opens labels, and the image they belong to, that are measured window by window: one large plane in files of which parts can be read, and a module that takes windows.
 * Whatever else there is to say of other files is said when they are read whole.
 *
 * @returns null where they have to be read whole.
 * @throws ParfocalError as `openImage`
 */
export async function openLargePlane(
  { windows }: ModuleManifest,
  { labels: labelsPath, image: imagePath, reading, microscopes, pixelSize, mostPixels = usualMostPixels }: LargePlaneOptions,
): Promise<(LargePlane & AsyncDisposable) | null> {
  if (!windows) return null;
  const opened: OpenImage[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
  };
  const kept = (image: OpenImage): OpenImage => {
    opened.push(image);
    return image;
  };
  let plane: LargePlane | null = null;
  try {
    const labels = kept(await openImage(labelsPath));
    const [height = 0, width = 0] = labels.shape.slice(-2);
    const isPlane = labels.axes.endsWith("yx") && labels.shape.slice(0, -2).every((length) => length === 1);
    if (!isPlane || height * width <= mostPixels || !labels.hasWindows) return null;
    const image = imagePath === null ? null : kept(await openInput(imagePath, reading, microscopes));
    if (image !== null && !(image.hasWindows && (await liesOver(image, height, width, reading)))) return null;
    const size = pixelSize ?? image?.pixelSize ?? labels.pixelSize;
    plane = { labels, image, reading, pixelSize: size, height, width, mostPixels };
    return { ...plane, [Symbol.asyncDispose]: close };
  } finally {
    if (plane === null) await close();
  }
}

/** Whether what is chosen of an image is a plane of these lengths, with channels or without. */
async function liesOver(image: OpenImage, height: number, width: number, reading: ReadPartOptions): Promise<boolean> {
  const lengthOf = (axis: string): number => image.shape[image.axes.indexOf(axis)] ?? 1;
  if (lengthOf("y") !== height || lengthOf("x") !== width) return false;
  const { axes, shape } = await image.read({ ...reading, window: { y: [0, 1], x: [0, 1] } });
  return [...axes].every((axis, index) => "cyx".includes(axis) || shape[index] === 1);
}
