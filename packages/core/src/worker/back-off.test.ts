import { expect, test } from "vitest";
import { restartDelayMs } from "./back-off.ts";

test("waits twice as long after each death, but never longer than half a minute", () => {
  expect([0, 1, 2, 3, 4, 5, 20].map(restartDelayMs)).toEqual([0, 500, 1000, 2000, 4000, 8000, 30_000]);
});
