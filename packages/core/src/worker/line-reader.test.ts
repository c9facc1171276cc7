import { expect, test } from "vitest";
import { createLineReader } from "./line-reader.ts";
import { ProtocolFault } from "./messages.ts";

function readAll(chunks: readonly (string | Buffer)[], limit?: number): string[] {
  const lines: string[] = [];
  const reader = createLineReader((line) => lines.push(line), limit);
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return lines;
}

test("lines come whole, however the bytes are cut", () => {
  const text = "one\n\nzwei ü 核\nthree\n";
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks: Buffer[] = [];
    for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
    expect(readAll(chunks)).toEqual(["one", "", "zwei ü 核", "three"]);
  }
});

test("an unfinished line is not a line", () => {
  const reader = createLineReader(() => expect.fail("no line has ended"));
  reader.push(Buffer.from("half"));
  expect(reader.pendingBytes).toBe(4);
});

test("a line may be as long as the limit and no longer, with or without its end", () => {
  expect(readAll(["12345\n", "1234", "5\n"], 5)).toEqual(["12345", "12345"]);
  expect(() => readAll(["123456\n"], 5)).toThrow("a line is longer than 5 bytes");
  expect(() => readAll(["123", "456"], 5)).toThrow(ProtocolFault);
});

test("bytes that are not UTF-8 are refused, not replaced", () => {
  expect(() => readAll([Buffer.from([0x61, 0xff, 0x0a])])).toThrow("a line is not valid UTF-8");
});
