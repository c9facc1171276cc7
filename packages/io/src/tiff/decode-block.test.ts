import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeBlock } from "./decode-block.ts";
import type { Page } from "./page.ts";
import { compressions } from "./tags.ts";

const page: Page = {
  index: 0,
  isLittleEndian: true,
  width: 4,
  height: 1,
  samples: 1,
  bits: 8,
  dtype: "uint8",
  compression: compressions.none,
  predictor: 1,
  photometric: 1,
  isPlanar: false,
  hasAlpha: false,
  block: { width: 4, height: 1, isTile: false },
  offsets: [0],
  byteCounts: [4],
  subIfds: [],
  isUnusual: false,
};
const row = (columns: number) => ({ rows: 1, columns, samples: 1 });
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

describe("decodeBlock", () => {
  it("expands PackBits: what is repeated, what is not, and the byte that means nothing", async () => {
    const stored = bytes("fe aa 02 80 00 2a fd aa 80 03 80 00 2a 22 f7 aa");
    const wanted = bytes("aa aa aa 80 00 2a aa aa aa aa 80 00 2a 22 aa aa aa aa aa aa aa aa aa aa");
    expect(await decodeBlock(stored, { ...page, compression: compressions.packBits }, row(24))).toEqual(wanted);
  });

  it("adds up differences, round the end of the range", async () => {
    const differences = bytes("fa 0a 01 ff");
    expect([...(await decodeBlock(differences, { ...page, predictor: 2 }, row(4)))]).toEqual([250, 4, 5, 4]);
    const wide = { ...page, bits: 16, dtype: "uint16", predictor: 2, isLittleEndian: false } as const;
    const decoded = await decodeBlock(bytes("ffff 0002 0100"), wide, row(3));
    expect([...new Uint16Array(decoded.buffer)]).toEqual([65_535, 1, 257]);
  });

  it("adds up each sample of a pixel for itself, and each row", async () => {
    const size = { rows: 2, columns: 2, samples: 3 };
    const decoded = await decodeBlock(bytes("01 02 03 01 01 01 0a 0b 0c 01 01 01"), { ...page, predictor: 2, samples: 3 }, size);
    expect([...decoded]).toEqual([1, 2, 3, 2, 3, 4, 10, 11, 12, 11, 12, 13]);
  });

  it("reads bit fields whose rows start at whole bytes", async () => {
    const twelve = { ...page, bits: 12, dtype: "uint16" } as const;
    const decoded = await decodeBlock(bytes("123 456 789 0 abc def 012 0"), twelve, { rows: 2, columns: 3, samples: 1 });
    expect([...new Uint16Array(decoded.buffer)]).toEqual([0x123, 0x456, 0x789, 0xabc, 0xdef, 0x012]);
  });

  it("leaves the stored bytes as they are", async () => {
    const stored = bytes("0001 0002");
    await decodeBlock(stored, { ...page, bits: 16, dtype: "uint16", isLittleEndian: false, predictor: 2 }, row(2));
    expect(stored).toEqual(bytes("0001 0002"));
  });

  it("refuses blocks that hold too little, and those that would grow without end", async () => {
    await expect(decodeBlock(bytes("01 02"), page, row(4))).rejects.toThrow("2 bytes came out, 4 are needed");
    const bomb = deflateSync(Buffer.alloc(10_000_000));
    await expect(decodeBlock(bomb, { ...page, compression: compressions.deflate }, row(4))).rejects.toThrow(
      "it becomes more than the 65544 bytes",
    );
  });
});
