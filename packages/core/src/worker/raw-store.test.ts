import { expect, test } from "vitest";
import type { SlotRef } from "./messages.ts";
import { createRawStore } from "./raw-store.ts";

const array = (path: string, bytes: number): Record<string, SlotRef> => ({
  a: { path: `${path}1`, generation: 1, dtype: "uint8", shape: [bytes - 1], bytes: bytes - 1 },
  b: { path: `${path}2`, generation: 1, dtype: "uint8", shape: [1], bytes: 1 },
});

test("the entry that was used longest ago goes first, with all its slots", () => {
  const evicted: string[] = [];
  const store = createRawStore<string>(30, (paths) => evicted.push(...paths));
  const [x, y, z] = ["x", "y", "z"].map((name) => store.put(array(name, 10), name)!);
  expect(evicted).toEqual([]);
  expect(store.get(x!.handle.id)?.context).toBe("x");
  store.put(array("w", 15), "w");
  expect(evicted).toEqual(["y1", "y2", "z1", "z2"]);
  expect(store.get(y!.handle.id)).toBeUndefined();
  expect(store.get(z!.handle.id)).toBeUndefined();
  expect([...store.paths()].sort()).toEqual(["w1", "w2", "x1", "x2"]);
  store.clear();
  expect(store.paths().size).toBe(0);
  expect(evicted).toHaveLength(8);
});

test("what is larger than the limit is not taken, and nothing makes room for it", () => {
  const evicted: string[] = [];
  const store = createRawStore<string>(10, (paths) => evicted.push(...paths));
  const kept = store.put(array("x", 10), "x")!;
  expect(kept.handle.bytes).toBe(10);
  expect(store.put(array("y", 11), "y")).toBeNull();
  expect(evicted).toEqual([]);
});
