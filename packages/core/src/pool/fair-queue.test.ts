import { expect, test } from "vitest";
import { createFairQueue } from "./fair-queue.ts";

function takeAll(queue: { take(): string | undefined }): string {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken.join(" ");
}

test("clients take turns, and each keeps its order", () => {
  const queue = createFairQueue<string>();
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) queue.add(item[0]!, item);
  expect(queue.size).toBe(6);
  expect(takeAll(queue)).toBe("a1 b1 c1 a2 b2 a3");
  expect(queue.size).toBe(0);
});

test("one who comes late waits for one round only", () => {
  const queue = createFairQueue<string>();
  for (let index = 0; index < 100; index += 1) queue.add("flood", `f${index}`);
  expect(queue.take()).toBe("f0");
  queue.add("late", "l");
  expect(queue.take()).toBe("f1");
  expect(queue.take()).toBe("l");
});

test("an item can be withdrawn once", () => {
  const queue = createFairQueue<string>();
  for (const item of ["a1", "a2", "b1"]) queue.add(item[0]!, item);
  expect(queue.remove("a", "a1")).toBe(true);
  expect(queue.remove("a", "a1")).toBe(false);
  expect(queue.remove("b", "b1")).toBe(true);
  expect(queue.remove("nobody", "x")).toBe(false);
  expect(queue.size).toBe(1);
  expect(takeAll(queue)).toBe("a2");
});
