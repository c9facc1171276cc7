import { type Image, isParfocalError, type Labels, type Worker } from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawDiscs, emptyLike } from "../images.ts";
import type { Subject } from "./subject.ts";

/** Every image that the manifest promises to take works, and every other is refused with a reason; the worker survives all of them. */
export function describeImages(subject: Subject): void {
  const { module, axes: axesToTry } = subject;
  const [firstAxes] = axesToTry;
  describe("images", () => {
    let worker: Worker;
    let pid: number | null;
    beforeAll(async () => {
      worker = await subject.start();
      ({ pid } = worker);
    });
    afterAll(() => worker?.close());

    const combinations = axesToTry.flatMap((axes) => module.manifest.accepts.dtypes.map((dtype) => ({ axes, dtype })));
    it.each(combinations)("takes $axes of $dtype", async ({ axes, dtype }) => {
      const image = drawDiscs({ axes, dtype });
      const { labels } = await subject.run(worker, image);
      expect(labels.dtype).toBe("int32");
      expect(labels.shape).toEqual(spatialShape(image));
    });

    const plain = (image: Image, value: number) => ({ image: emptyLike(image, value), isPlain: true });
    const odd = [
      { name: "constant", ...plain(drawDiscs({ axes: firstAxes! }), 7) },
      { name: "all zero", ...plain(drawDiscs({ axes: firstAxes! }), 0) },
      { name: "one pixel", ...plain(sized(firstAxes!, 1, 1), 3) },
      { name: "one row", ...plain(sized(firstAxes!, 1, 53), 3) },
      { name: "prime sides", image: sized(firstAxes!, 61, 97), isPlain: false },
      { name: "a side of 30,000", image: sized(firstAxes!, 7, 30_000), isPlain: false },
    ];
    it.each(odd)("gives labels of the right shape for an odd image: $name", async ({ image, isPlain }) => {
      const { labels } = await subject.run(worker, image);
      expect(labels.shape).toEqual(spatialShape(image));
      if (isPlain) expect(labels.data.every((id) => id === 0)).toBe(true);
    });

    it("gives more than 255 objects a number each, where the model finds so many", async ({ skip }) => {
      const { labels } = await subject.run(worker, sized(firstAxes!, 480, 480)); // 400 discs
      const found = discCentres(labels, 480).filter((id) => id > 0);
      skip(found.length <= 300, `the model sees ${found.length} of 400 discs`);
      expect(new Set(found).size).toBeGreaterThan(255);
    });

    const takesFloats = module.manifest.accepts.dtypes.includes("float32");
    it.runIf(takesFloats).each([Number.NaN, Number.POSITIVE_INFINITY])(
      "refuses %s among the pixels, or gives labels",
      async (value) => {
        const image = drawDiscs({ axes: firstAxes!, dtype: "float32" });
        image.data[5] = value;
        const outcome = await subject.run(worker, image).catch((error: unknown) => error);
        if (isParfocalError(outcome)) expect(outcome.code).toBe("INPUT_REJECTED");
        else expect(outcome).toMatchObject({ labels: { shape: spatialShape(image) } });
      },
    );

    it("refuses axes and dtypes that it does not declare, and an image without pixels", async () => {
      const image = drawDiscs({ axes: firstAxes! });
      await expect(worker.run({ ...image, axes: "tc".slice(0, 2), shape: [2, image.data.length / 2] })).rejects.toMatchObject({
        code: "INPUT_REJECTED",
      });
      const empty = { ...image, data: new Uint16Array(0), shape: image.shape.map(() => 0), dtype: "uint16" } as const;
      await expect(worker.run(empty)).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    });

    it("lives on in the same process after all of this", () => {
      expect(worker.state).toBe("ready");
      expect(worker.pid).toBe(pid);
    });
  });
}

/** Numbers at the centres of the discs that `drawDiscs` draws into a square, in the middle plane of a stack. */
function discCentres({ data, shape }: Labels, side: number): number[] {
  const start = shape.length === 3 ? Math.floor(shape[0]! / 2) * side * side : 0;
  const centres = Array.from({ length: side / 24 }, (_, index) => index * 24 + 12);
  return centres.flatMap((y) => centres.map((x) => data[start + y * side + x]!));
}

function sized(axes: string, height: number, width: number): Image {
  return drawDiscs({ axes, shape: [...axes].map((axis) => ({ y: height, x: width, z: 5, c: 3 })[axis] ?? 1) });
}

function spatialShape(image: Image): number[] {
  return image.shape.filter((_, index) => /[zyx]/.test(image.axes[index]!));
}
