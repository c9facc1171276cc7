import { expect, test } from "vitest";
import { createTail } from "./tail.ts";

test("keeps the last lines, dropping one that it has only in part", () => {
  const tail = createTail(12, 2);
  expect(tail.lines()).toEqual([]);
  tail.push(Buffer.from("one\ntwo\n"));
  expect(tail.lines()).toEqual(["one", "two"]);
  tail.push(Buffer.from("three\r\nfour\n\n"));
  expect(tail.lines()).toEqual(["four"]);
  tail.push(Buffer.from("a\nb\nc"));
  expect(tail.lines()).toEqual(["b", "c"]);
});

test("one line that is longer than all it may keep is kept in part", () => {
  const tail = createTail(4, 2);
  tail.push(Buffer.from("0123456789"));
  expect(tail.lines()).toEqual(["6789"]);
});
