import { describe, expect, it } from "vitest";
import { expandLzw } from "./lzw.ts";

/** Codes of 9 bits, from the highest bit on. */
function pack(codes: readonly number[]): Uint8Array {
  const bits = codes.map((code) => code.toString(2).padStart(9, "0")).join("");
  return Uint8Array.from(bits.match(/.{1,8}/g)!, (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

describe("expandLzw", () => {
  it("expands the example of the TIFF specification", () => {
    // TIFF 6.0 section 13: 7 7 7 8 8 7 7 6 6
    expect([...expandLzw(pack([256, 7, 258, 8, 8, 258, 6, 6, 257]), 9)]).toEqual([7, 7, 7, 8, 8, 7, 7, 6, 6]);
  });

  it("stops at the length that is wanted, and where the data ends", () => {
    expect([...expandLzw(pack([256, 7, 258, 8, 8, 258, 6, 6, 257]), 4)]).toEqual([7, 7, 7, 8]);
    expect([...expandLzw(pack([256, 7, 258]), 9)]).toEqual([7, 7, 7]);
    expect(expandLzw(new Uint8Array(0), 9)).toHaveLength(0);
  });

  it("refuses codes that cannot stand where they do", () => {
    expect(() => expandLzw(pack([256, 300]), 9)).toThrow("LZW code 300 is not in the table of 258");
    expect(() => expandLzw(pack([256, 7, 260]), 9)).toThrow("LZW code 260 is not in the table of 258");
    expect(() => expandLzw(pack([256, 258]), 9)).toThrow("LZW code 258");
  });
});
