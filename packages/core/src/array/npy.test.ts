import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../contract/array.ts";
import { createData, dtypeNames } from "./dtype.ts";
import { decodeNpy } from "./npy-decode.ts";
import { readNpy, writeNpy } from "./npy-file.ts";
import { formatNpyHeader, parseNpyHeader } from "./npy-header.ts";

const dictionary = (fields: string) => `{${fields}}`;
const usual = "'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), ";

function npy(text: string, data = Buffer.alloc(12), version = [1, 0]): Uint8Array<ArrayBuffer> {
  const prefix = version[0] === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const head = Buffer.alloc(prefix);
  head.write("\x93NUMPY", "latin1");
  head[6] = version[0]!;
  head[7] = version[1]!;
  if (prefix === 10) head.writeUInt16LE(header.length, 8);
  else head.writeUInt32LE(header.length, 8);
  return Uint8Array.from(Buffer.concat([head, Buffer.from(header, "latin1"), data]));
}

describe("readNpy and writeNpy", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal npy "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(dtypeNames)("write and read %s", async (dtype) => {
    const data = createData(dtype, 6);
    for (let index = 0; index < 6; index += 1)
      data[index] = dtype.endsWith("64") && dtype !== "float64" ? BigInt(index % 2) : index % 2;
    const array: NdArray = { data, shape: [2, 3], dtype };
    const path = join(folder, `${dtype}.npy`);
    await writeNpy(path, array);
    expect(await readNpy(path)).toEqual(array);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("say what is missing, and leave nothing half-written", async () => {
    await expect(readNpy(join(folder, "no.npy"))).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
    await expect(readNpy(folder)).rejects.toMatchObject({ code: "INPUT_UNREADABLE" });
    const array: NdArray = { data: new Uint8Array(1), shape: [1], dtype: "uint8" };
    await expect(writeNpy(join(folder, "none", "a.npy"), array)).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
    await mkdir(join(folder, "taken.npy"));
    await expect(writeNpy(join(folder, "taken.npy"), array)).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
    await expect(writeNpy(join(folder, "b.npy"), { ...array, shape: [2] })).rejects.toThrow(
      "the data has 1 elements, the shape 2 needs 2",
    );
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("keep to the size limit before anything is read", async () => {
    const path = join(folder, "large.npy");
    await writeFile(path, npy(dictionary(usual)));
    await expect(readNpy(path, { maxBytes: 100 })).rejects.toThrow("bytes are over the limit of 100");
  });
});

describe("decodeNpy", () => {
  it("swaps big-endian data and turns Fortran order into C order", async () => {
    const big = Buffer.alloc(12);
    for (let index = 0; index < 6; index += 1) big.writeUInt16BE(index, index * 2);
    const swapped = await decodeNpy(npy(dictionary(usual.replace("<u2", ">u2")), big), "a");
    expect([...swapped.data]).toEqual([0, 1, 2, 3, 4, 5]);
    const little = Buffer.from(Uint16Array.from([0, 3, 1, 4, 2, 5]).buffer);
    const ordered = await decodeNpy(npy(dictionary(usual.replace("False", "True")), little), "a");
    expect(ordered.shape).toEqual([2, 3]);
    expect([...ordered.data]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("widens float16, in either byte order", async () => {
    const halves = Buffer.from(Uint16Array.from([0x3c00, 0x3800, 0xc000, 0x0001, 0x7bff, 0]).buffer);
    const wide = await decodeNpy(npy(dictionary(usual.replace("<u2", "<f2")), halves), "a");
    expect(wide.dtype).toBe("float32");
    expect([...wide.data]).toEqual([1, 0.5, -2, 2 ** -24, 65504, 0]);
    const big = await decodeNpy(npy(dictionary(usual.replace("<u2", ">f2")), Buffer.from(halves).swap16()), "a");
    expect(big.data).toEqual(wide.data);
  });

  it("reads all versions, empty arrays, no dimensions, and lengths of Python 2", async () => {
    for (const version of [
      [1, 0],
      [2, 0],
      [3, 0],
    ]) {
      expect((await decodeNpy(npy(dictionary(usual), Buffer.alloc(12), version), "a")).shape).toEqual([2, 3]);
    }
    expect((await decodeNpy(npy(dictionary(usual.replace("(2, 3)", "()")), Buffer.alloc(2)), "a")).shape).toEqual([]);
    expect((await decodeNpy(npy(dictionary(usual.replace("(2, 3)", "(0, 3)")), Buffer.alloc(0)), "a")).data).toHaveLength(0);
    expect((await decodeNpy(npy(dictionary(usual.replace("(2, 3)", "(2L, 3L)"))), "a")).shape).toEqual([2, 3]);
  });

  const damaged: readonly [string, Uint8Array<ArrayBuffer>, string][] = [
    ["wrong magic bytes", Uint8Array.from(Buffer.from("PK\x03\x04 is not npy")), "the magic bytes of .npy are missing"],
    ["five bytes", Uint8Array.from(Buffer.from("\x93NUMP", "latin1")), "the magic bytes of .npy are missing"],
    ["a cut header", npy(dictionary(usual)).slice(0, 40), "reaches beyond the end of the file"],
    [
      "a lying header length",
      Uint8Array.from(Buffer.from("\x93NUMPY\x01\x00\xff\xff{}", "latin1")),
      "header length 65535 is over 10000",
    ],
    ["version 4", npy(dictionary(usual), Buffer.alloc(12), [4, 0]), "version 4.0 of .npy is not known"],
    ["a missing field", npy(dictionary("'descr': '<u2', 'shape': (2, 3), ")), "fortran_order is missing from the header"],
    ["one more field", npy(dictionary(`${usual}'more': 1, `)), "holds more than descr, fortran_order and shape"],
    ["a field twice", npy(dictionary(`${usual}'descr': '<u2', `)), "descr is given twice"],
    ["a negative length", npy(dictionary(usual.replace("(2, 3)", "(-2, 3)"))), "shape is not a tuple of lengths from 0"],
    ["a bare number as shape", npy(dictionary(usual.replace("(2, 3)", "(6)"))), "shape is not a tuple of lengths from 0"],
    ["an overflowing shape", npy(dictionary(usual.replace("(2, 3)", "(4294967296, 4294967296)"))), "is too large"],
    [
      "a shape beyond the file",
      npy(dictionary(usual.replace("(2, 3)", "(65536, 65536)"))),
      "shape (65536, 65536) of u2 needs 8589934592 bytes, the file has 12",
    ],
    ["truncated data", npy(dictionary(usual), Buffer.alloc(11)), "needs 12 bytes, the file has 11"],
    ["trailing data", npy(dictionary(usual), Buffer.alloc(13)), "needs 12 bytes, the file has 13"],
    ["Python objects", npy(dictionary(usual.replace("<u2", "|O8"))), "descr '|O8' (Python objects) is not supported"],
    ["bytes beyond ASCII", npy(dictionary(usual.replace("<u2", "<\xfc2"))), "descr '<\xfc2' is not an element type"],
    [
      "half an element at the end",
      npy(dictionary(usual.replace("(2, 3)", "(7,)")), Buffer.alloc(13)),
      "needs 14 bytes, the file has 13",
    ],
    ["text", npy(dictionary(usual.replace("<u2", "<U3"))), "(text) is not supported"],
    ["complex numbers", npy(dictionary(usual.replace("<u2", "<c8"))), "(complex) is not supported"],
    ["dates", npy(dictionary(usual.replace("<u2", "<M8[ns]"))), "(dates) is not supported"],
    [
      "a structured type",
      npy(dictionary(usual.replace("'<u2'", "[('a', '<u2')]"))),
      "descr is a structured or damaged element type",
    ],
    ["code in place of data", npy("__import__('os').system('true')"), "the header is no dictionary"],
  ];
  it.each(damaged)("refuses %s", async (_, bytes, words) => {
    await expect(decodeNpy(bytes, "x.npy")).rejects.toMatchObject({ code: "NPY_INVALID" });
    await expect(decodeNpy(bytes, "x.npy")).rejects.toThrow(words);
  });
});

describe("formatNpyHeader", () => {
  it("is 128 bytes long and reads back", () => {
    for (const shape of [[], [5], [2048, 2048], [16, 1024, 1024]]) {
      const header = formatNpyHeader("int32", shape)!;
      expect(header).toHaveLength(128);
      expect(parseNpyHeader(header, "a")).toMatchObject({ shape, dtype: "int32", dataOffset: 128, fortranOrder: false });
    }
    expect(formatNpyHeader("uint8", new Array(60).fill(1))).toBeNull();
  });
});
