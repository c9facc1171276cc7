import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageReader } from "./image-reader.ts";
import { builtInReaders } from "./open-image.ts";
import { probeImage, readImage } from "./read-image.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal readers "));
});
afterAll(() => rm(folder, { recursive: true }));

/** A format of two numbers and a row of bytes: "TOY", width, pixels. */
const toyReader: ImageReader = {
  name: "toy",
  extensions: [".toy"],
  matches: (head) => Buffer.from(head.subarray(0, 3)).toString("latin1") === "TOY",
  async open(file, { axes = "yx" }) {
    const shape = [1, (await file.read(3, 1))[0]!];
    return {
      header: { format: "toy", axes, shape, dtype: "uint8", pixelSize: { x: 2 }, pages: 1, notes: ["a toy"] },
      readAll: async () => ({ data: (await file.read(4, shape[1]!)).slice(), shape, dtype: "uint8" }),
    };
  },
};
const readers = [...builtInReaders, toyReader];

describe("a reader that is given", () => {
  it("reads the files that it knows, and gets the caller's options", async () => {
    const path = join(folder, "image.tif");
    await writeFile(path, Buffer.from("TOY\x03abc"));
    const toy = { axes: "yx", shape: [1, 3], dtype: "uint8" };
    const told = { pixelSize: { x: 2 }, notes: ["a toy"] };
    expect(await probeImage(path, { readers })).toEqual({ ...toy, format: "toy", pages: 1, ...told });
    expect(await readImage(path, { readers })).toEqual({
      ...toy,
      data: new Uint8Array(Buffer.from("abc")),
      ...told,
    });
    expect((await readImage(path, { readers, axes: "xy" })).axes).toBe("xy");
    await expect(readImage(path)).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message: `${path} cannot be read: it is not an image of a known format`,
      hint: "export it as one of TIFF, PNG, JPEG, .npy",
    });
  });

  it("has its damaged files told like those of other formats, and is named for unknown ones", async () => {
    const cut = join(folder, "cut.toy");
    await writeFile(cut, Buffer.from("TOY\x09abc"));
    await expect(readImage(cut, { readers })).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message: `${cut} cannot be read: it is cut off or damaged: it needs bytes up to 13, the file has 7`,
    });
    const text = join(folder, "text.toy");
    await writeFile(text, "text");
    await expect(readImage(text, { readers })).rejects.toMatchObject({ hint: "export it as one of TIFF, PNG, JPEG, .npy, TOY" });
  });
});
