import { allocateImage, type Image, type Module, type SlotImage } from "@parfocal/core";
import { checkLabels, type Host, makePixels } from "./host.ts";

export interface OurWay {
  readonly name: string;
  /** Slots through file calls, as where koffi is missing. */
  readonly plainFiles?: boolean;
  readonly lease?: boolean;
  /** The image was made in a slot, as a camera's driver or a reader can do. */
  readonly imageInSlot?: boolean;
}

export async function startOurs(module: Module, way: OurWay): Promise<Host> {
  const { name, plainFiles = false, lease = false, imageInSlot = false } = way;
  const worker = await module.start({ device: "cpu" });
  let image: Image | SlotImage | null = null;
  let expected = new Int32Array();

  async function call(work: string): Promise<number> {
    const since = performance.now();
    if (!lease) {
      const { labels } = await worker.run(image!, { work });
      const took = performance.now() - since;
      if (work === "cast") checkLabels(name, labels.data, expected);
      return took;
    }
    const result = await worker.run(image!, { work }, { lease: true });
    const { data } = result.labels;
    const took = performance.now() - since;
    if (work === "cast") checkLabels(name, data, expected);
    const checkedAt = performance.now();
    result.release();
    return took + performance.now() - checkedAt;
  }
  return {
    async prepare(shape) {
      if (image !== null && "release" in image) image.release();
      const spec = { shape, dtype: "uint16", axes: shape.length === 3 ? "zyx" : "yx" } as const;
      const data = makePixels(shape);
      expected = Int32Array.from(data);
      if (imageInSlot) {
        image = allocateImage(spec);
        (image.data as Uint16Array).set(data);
      } else {
        image = { ...spec, data };
      }
    },
    async run(work, calls) {
      if (plainFiles) process.env.PARFOCAL_MAP = "off";
      try {
        const times: number[] = [];
        for (let index = 0; index < calls; index += 1) times.push(await call(work));
        return times;
      } finally {
        delete process.env.PARFOCAL_MAP;
      }
    },
    async close() {
      if (image !== null && "release" in image) image.release();
      await worker.close();
    },
  };
}
