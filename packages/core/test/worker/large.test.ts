import { freemem } from "node:os";
import { fault } from "@parfocal/vitest-config/fault";
import { expect, test } from "vitest";
import { allocateImage } from "../../src/index.ts";
import { freeBytes } from "../../src/worker/arena.ts";
import { startActs } from "./support.ts";

const side = 33_000; // squared, of two bytes each, more than 2 GiB
const count = side * side;

test("an image of more than 2 GiB goes there and back", { timeout: 120_000 }, async ({ skip }) => {
  // the image, its labels as int32, and what the model makes of it on the way
  if (Math.min(freemem(), freeBytes("/dev/shm")) < 8 * count) return skip("not enough memory for an image of 2 GiB");
  const { worker } = await startActs();
  using image = allocateImage({ shape: [side, side], dtype: "uint16", axes: "yx" });
  const places = [0, 2 ** 30 - 1, 2 ** 30, count - 1];
  for (const [index, place] of places.entries()) image.data[place] = index + 1;
  using result = await worker.run(image, { add: 1 }, { lease: true });
  expect(result.labels.shape).toEqual([side, side]);
  expect(result.warnings).toEqual([]);
  expect(places.map((place) => result.labels.data[place])).toEqual([2, 3, 4, 5]);
  expect(result.labels.data[12_345]).toBe(1);
  fault("Data and slots", "an image of more than 2 GiB", "sent and answered, equal in every place looked at");
});
