import { allocateImage, connectWorker, type Image, type Module, type SlotImage } from "@parfocal/core";
import { checkLabels, type Host, makePixels } from "./host.ts";

export interface OurWay {
  readonly name: string;
  /** Labels go into an array that is made once, as with Appose. */
  readonly into?: boolean;
  readonly lease?: boolean;
  /** The image was made in a slot, as a camera's driver or a reader can do. */
  readonly imageInSlot?: boolean;
  /** The worker is one of the daemon that runs. */
  readonly daemon?: boolean;
}

export async function startOurs(module: Module, way: OurWay): Promise<Host> {
  const { name, into = false, lease = false, imageInSlot = false, daemon = false } = way;
  const worker = await (daemon ? connectWorker(module, { device: "cpu" }) : module.start({ device: "cpu" }));
  let image: Image | SlotImage | null = null;
  let expected = new Int32Array();
  let own = new Int32Array();

  async function call(work: string): Promise<number> {
    const since = performance.now();
    if (!lease) {
      const { labels } = await worker.run(image!, { work }, into ? { into: { labels: own } } : {});
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
      own = new Int32Array(data.length);
      if (imageInSlot) {
        image = allocateImage(spec);
        (image.data as Uint16Array).set(data);
      } else {
        image = { ...spec, data };
      }
    },
    async run(work, calls) {
      const times: number[] = [];
      for (let index = 0; index < calls; index += 1) times.push(await call(work));
      return times;
    },
    async close() {
      if (image !== null && "release" in image) image.release();
      await worker.close();
    },
  };
}
