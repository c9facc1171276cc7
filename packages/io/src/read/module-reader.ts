import { createData, type NdArray, type OpenSource, type Reader } from "@parfocal/core";
import { checkSize } from "./check-size.ts";
import { choosePosition } from "./choose.ts";
import type { BlockIndex, ImageReader, PixelSource, ReadOptions } from "./image-reader.ts";
import { checkNamedAxes } from "./name-axes.ts";

export interface ModuleReaderOptions {
  /** What the module reads: its manifest's `reads`. */
  readonly reads: Readonly<Record<string, string>>;
  /** A worker of the module; asked for when the first file of its formats is opened, and as often as there are files. Whoever gives it closes it. */
  start(): Promise<Pick<Reader, "open">>;
}

/** Makes a reader out of a module of kind "reader". Files are its own by their endings, since their content tells only the module. */
export function createModuleReader({ reads, start }: ModuleReaderOptions): ImageReader {
  const extensions = Object.keys(reads);
  return {
    name: extensions.map((extension) => extension.slice(1)).join(", "),
    extensions,
    matches: (_head, path) => extensions.some((extension) => path.toLowerCase().endsWith(extension)),
    async open(file, options) {
      const worker = await start();
      return sourceOf(await worker.open(file.path), options);
    },
  };
}

function sourceOf(file: OpenSource, { axes: named, position: wanted, maxBytes }: ReadOptions): PixelSource {
  const { format, positions, notes } = file.header;
  const names = positions.map(({ name }) => name);
  const position = choosePosition(file.path, names, wanted);
  const { axes, shape, dtype, channels, pixelSize } = positions[position]!;
  if (named !== undefined) checkNamedAxes(file.path, named, shape);
  const first =
    positions.length > 1 && wanted === undefined ? [`the first of ${positions.length} positions in the file is read`] : [];
  const read = async (index: BlockIndex, window: Parameters<NonNullable<PixelSource["readBlock"]>>[1]): Promise<NdArray> =>
    file.read({ position, ...index, window });

  async function readAll(): Promise<NdArray> {
    checkSize(file.path, shape, dtype, maxBytes);
    const [height, width] = [shape.at(-2)!, shape.at(-1)!];
    const data = createData(
      dtype,
      shape.reduce((product, length) => product * length, 1),
    ) as Float32Array;
    const outer = [...axes].slice(0, -2);
    const size = height * width;
    for (let plane = 0; plane * size < data.length; plane += 1) {
      const index: Record<string, number> = {};
      let rest = plane;
      for (let at = outer.length - 1; at >= 0; at -= 1) {
        index[outer[at]!] = rest % shape[at]!;
        rest = Math.floor(rest / shape[at]!);
      }
      const { data: pixels } = await read(index, { y: [0, height], x: [0, width] });
      data.set(pixels as Float32Array, plane * size);
    }
    return { data, shape, dtype };
  }
  return {
    header: {
      format,
      axes: named ?? axes,
      shape,
      dtype,
      ...(Object.keys(pixelSize).length > 0 && { pixelSize }),
      ...(channels.length > 0 && { channels }),
      ...(positions.length > 1 && { positions: names }),
      pages: shape.slice(0, -2).reduce((product, length) => product * length, 1),
      notes: [...first, ...notes],
    },
    readAll,
    // axes that were renamed are not those that the module knows
    ...((named === undefined || named === axes) && { readBlock: read }),
    close: () => file.close(),
  };
}
