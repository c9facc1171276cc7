import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { bytesOf, elementCount, isParfocalError } from "@parfocal/core";
import { pngFile } from "@parfocal/fixtures";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeImage, readImage } from "../src/index.ts";
import { asNobody } from "./support/as-nobody.ts";
import { imagingPython, runScript } from "./support/python.ts";

/** A little-endian TIFF of one directory. Every field is a LONG: tag, value or offset, and count. */
function tiffOf(fields: readonly (readonly [tag: number, value: number, count?: number])[], next = 0): Buffer {
  const bytes = Buffer.alloc(8 + 2 + fields.length * 12 + 4);
  bytes.write("II*\0\x08", "latin1");
  bytes.writeUInt16LE(fields.length, 8);
  for (const [index, [tag, value, count = 1]] of fields.entries()) {
    const at = 10 + index * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(4, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  }
  bytes.writeUInt32LE(next, bytes.length - 4);
  return bytes;
}

/** A PNG of as many pixels as given, all zero. */
function pngOf(width: number, height: number, bits: number, colourType: number): Buffer {
  return pngFile({ width, height, bits, colourType }, deflateSync(Buffer.alloc((width + 1) * height)));
}

/** A `.npy` file with the header's values as they are given and as many zeros behind it as given. */
function npyOf(descr: string, shape: string, bytes: number): Buffer {
  const fields = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${fields.padEnd(117)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\0", "latin1"), length, Buffer.from(header), Buffer.alloc(bytes)]);
}

describe("files that are no images", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal bad "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const contents: readonly (readonly [what: string, content: Buffer, words: string])[] = [
    ["an empty file", Buffer.alloc(0), "the file is empty"],
    ["text", Buffer.from("Dear reader, this is not an image."), "it is not an image of a known format"],
    ["zeros", Buffer.alloc(5000), "it is not an image of a known format"],
    ["a JPEG's first bytes", Buffer.from("ffd8ffe000104a46494600", "hex"), "it is cut off or damaged"],
    [
      "an ND2",
      Buffer.from("dacebe0a0000000000000000", "hex"),
      "it is an ND2 of NIS-Elements, which needs the module @parfocal/reader",
    ],
    [
      "a bare TIFF header",
      Buffer.from("49492a0008000000", "hex"),
      "it is cut off or damaged: it needs bytes up to 10, the file has 8",
    ],
    ["a TIFF of four bytes", Buffer.from("49492a00", "hex"), "it is cut off or damaged"],
    ["a TIFF without images", Buffer.from("49492a0000000000", "hex"), "the TIFF is damaged: there is no image in it"],
    ["a directory without fields", Buffer.from("49492a00080000000000", "hex"), "directory 0 has 0 fields"],
    ["a directory of too many fields", Buffer.from("49492a0008000000ffff", "hex"), "directory 0 has 65535 fields"],
    [
      "a page without sides",
      tiffOf([
        [256, 0],
        [257, 4],
        [273, 0],
        [279, 1],
      ]),
      "page 1 has no pixels (4 x 0)",
    ],
    [
      "a page without strips",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
      ]),
      "page 1 lists 0 of its 1 strips",
    ],
    [
      "too few strips",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [278, 1],
        [279, 4],
      ]),
      "page 1 lists 1 of its 4 strips",
    ],
    [
      "an empty strip",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [279, 0],
      ]),
      "strip 0 of page 1 is empty",
    ],
    [
      "a strip beyond the end",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 9999],
        [279, 16],
      ]),
      "strip 0 of page 1 ends at byte 10015 of",
    ],
    [
      "a strip that is too short",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [279, 8],
      ]),
      "need 16 bytes, which the 8 stored ones cannot",
    ],
    [
      "strips of no rows",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [278, 0],
        [279, 16],
      ]),
      "has a strip size of 0",
    ],
    [
      "tiles of no width",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [322, 0],
        [323, 16],
        [324, 0],
        [325, 16],
      ]),
      "has a tile size of 0",
    ],
    [
      "too many samples",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [277, 65000],
        [279, 16],
      ]),
      "65000 samples per pixel",
    ],
    [
      "JPEG 2000",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [259, 34712],
        [273, 0],
        [279, 16],
      ]),
      "JPEG 2000 compression is not supported",
    ],
    [
      "an unknown compression",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [259, 777],
        [273, 0],
        [279, 16],
      ]),
      "unknown (777) compression",
    ],
    [
      "complex numbers",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 64],
        [273, 0],
        [279, 128],
        [339, 6],
      ]),
      "complex numbers is not supported",
    ],
    [
      "damaged deflate",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [259, 8],
        [273, 0],
        [279, 16],
      ]),
      "strip 0 of page 1: incorrect header check",
    ],
    [
      "damaged LZW",
      tiffOf([
        [256, 40],
        [257, 40],
        [258, 8],
        [259, 5],
        [273, 0],
        [279, 16],
      ]),
      "strip 0 of page 1: ",
    ],
    [
      "short PackBits",
      tiffOf([
        [256, 90],
        [257, 4],
        [258, 8],
        [259, 32773],
        [273, 0],
        [279, 16],
      ]),
      "are needed",
    ],
    [
      "a predictor of its own",
      tiffOf([
        [256, 4],
        [257, 4],
        [258, 8],
        [273, 0],
        [279, 16],
        [317, 9],
      ]),
      "predictor 9 is not known",
    ],
    [
      "a huge page in a small file",
      tiffOf([
        [256, 4_000_000_000],
        [257, 4_000_000_000],
        [258, 8],
        [273, 0],
        [279, 16],
      ]),
      "which the 16 stored ones cannot hold",
    ],
    [
      "many pixels in a small file",
      tiffOf([
        [256, 60_000],
        [257, 60_000],
        [258, 8],
        [259, 8],
        [273, 0],
        [279, 16],
      ]),
      "its pixels need 3600000000 bytes, which the 16 stored ones cannot hold",
    ],
    [
      "directories in a circle",
      tiffOf(
        [
          [256, 4],
          [257, 4],
          [258, 8],
          [273, 0],
          [279, 16],
        ],
        8,
      ),
      "directory 1 leads back to an earlier one",
    ],
    [
      "more strips than the file has bytes",
      tiffOf([
        [256, 4],
        [257, 4],
        [273, 0, 1e9],
        [279, 16],
      ]),
      "field stripOffsets of directory 0 has 1000000000 values",
    ],
    ["a bare PNG signature", Buffer.from("89504e470d0a1a0a", "hex"), "cut off or damaged"],
    [
      "a PNG without its header",
      Buffer.from(`89504e470d0a1a0a${"00".repeat(40)}`, "hex"),
      "the PNG is damaged: its header is missing",
    ],
    ["a PNG without a palette", pngOf(1, 1, 8, 3), "the PNG is damaged: its palette is missing"],
    ["a PNG of no width", pngOf(0, 1, 8, 0), "the image has no pixels (1 x 0 x 1)"],
    ["a PNG of seven bits", pngOf(1, 1, 7, 0), "the PNG is damaged: colour type 0 with 7 bits does not exist"],
    ["a single number", npyOf("'<f4'", "()", 4), "it holds a single number, not an image"],
    ["a row of numbers", npyOf("'<u2'", "(19,)", 38), "it holds a row of 19 numbers, not an image"],
    ["an empty array", npyOf("'<u2'", "(0, 5)", 0), "the image has no pixels (0 x 5)"],
    ["five bytes of a .npy", Buffer.from("\x93NUMP", "latin1"), "it is not an image of a known format"],
  ];
  it.each(contents)("refuse %s", async (what, content, words) => {
    const path = join(folder, `${what}.tif`);
    await writeFile(path, content);
    const error: unknown = await readImage(path).catch((reason: unknown) => reason);
    expect(isParfocalError(error, "INPUT_UNREADABLE"), String(error)).toBe(true);
    expect((error as Error).message).toContain(path);
    expect((error as Error).message).toContain(words);
    expect((error as { hint: string }).hint).not.toBe("");
    fault("Files", `the input is ${what}`, "INPUT_UNREADABLE that says so");
  });

  const arrays: readonly (readonly [what: string, content: Buffer, words: string])[] = [
    ["a bare head", Buffer.from("\x93NUMPY\x01\0", "latin1"), "the header is cut off after 8 bytes"],
    ["missing pixels", npyOf("'<u2'", "(3, 4)", 20), "shape (3, 4) of u2 needs 24 bytes, the file has 20"],
    ["too many pixels", npyOf("'<u2'", "(3, 4)", 30), "shape (3, 4) of u2 needs 24 bytes, the file has 30"],
    ["objects", npyOf("'|O'", "(3, 4)", 30), "'|O'"],
    ["complex numbers", npyOf("'<c8'", "(3, 4)", 96), "descr '<c8' (complex) is not supported"],
    ["a negative side", npyOf("'<u2'", "(-3, 4)", 24), "shape"],
  ];
  it.each(arrays)("refuse a .npy of %s", async (what, content, words) => {
    const path = join(folder, `${what}.npy`);
    await writeFile(path, content);
    const error: unknown = await readImage(path).catch((reason: unknown) => reason);
    expect(isParfocalError(error, "NPY_INVALID"), String(error)).toBe(true);
    expect((error as Error).message).toContain(`${path} is not a usable .npy file: `);
    expect((error as Error).message).toContain(words);
    expect((error as { hint: string }).hint).not.toBe("");
  });

  it("refuse an array of four dimensions until its axes are named", async () => {
    const path = join(folder, "four.npy");
    await writeFile(path, npyOf("'<u2'", "(2, 3, 4, 5)", 240));
    await expect(readImage(path)).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      message: `${path}: nothing says which axes an array of 4 dimensions (2 x 3 x 4 x 5) has`,
      hint: "name them with `axes` (on the command line --axes), for example tzyx",
    });
    expect(await readImage(path, { axes: "czyx" })).toMatchObject({ axes: "czyx", shape: [2, 3, 4, 5] });
  });

  it("refuse an array larger than its file, and more pixels than are allowed", async () => {
    const path = join(folder, "promises.npy");
    await writeFile(path, npyOf("'<f8'", "(65536, 65536)", 16));
    await expect(readImage(path)).rejects.toMatchObject({
      code: "NPY_INVALID",
      message: expect.stringContaining("needs 34359738368 bytes, the file has 16"),
    });
    await writeFile(path, npyOf("'<f8'", "(100, 100)", 80_000));
    await expect(readImage(path, { maxBytes: 1000 })).rejects.toMatchObject({
      message: expect.stringContaining("(100 x 100, float64) takes 80000 bytes, more than the limit of 1000"),
    });
    const part = await readImage(path, { maxBytes: 1000, window: { y: [0, 10], x: [0, 12] } });
    expect(part.shape).toEqual([10, 12]);
  });

  it("open no file that OME-XML names", async () => {
    const xml = (name: string) =>
      `<OME UUID="urn:uuid:me"><Image><Pixels DimensionOrder="XYCZT" SizeX="2" SizeY="2" SizeZ="2" SizeC="1" SizeT="1"><TiffData IFD="0"/>` +
      `<TiffData IFD="0" FirstZ="1"><UUID FileName="${name}">urn:uuid:other</UUID></TiffData></Pixels></Image></OME>\0`;
    for (const name of ["../../../../etc/passwd", "/etc/passwd", "C:\\secret.tif", "\\\\host\\share.tif", "file:///etc/passwd"]) {
      const text = Buffer.from(xml(name));
      const head = 8 + 2 + 7 * 12 + 4;
      const tiff = Buffer.concat([
        tiffOf([
          [256, 2],
          [257, 2],
          [258, 8],
          [270, head + 4, 1],
          [273, head],
          [277, 1],
          [279, 4],
        ]),
        Buffer.from([1, 2, 3, 4]),
        text,
      ]);
      tiff.writeUInt16LE(2, 10 + 3 * 12 + 2); // ASCII
      tiff.writeUInt32LE(text.length, 10 + 3 * 12 + 4);
      const path = join(folder, "names-others.ome.tif");
      await writeFile(path, tiff);
      const image = await readImage(path);
      expect([...(image.data as Uint8Array)]).toEqual([1, 2, 3, 4]);
      expect(image.notes.join()).toContain("OME-XML describes 2 planes, some in other files");
    }
    fault("Files", "OME-XML names files outside its folder", "only this file is opened, and the note names the other");
  });

  it("survive a pyramid whose levels lead nowhere", async () => {
    const path = join(folder, "levels.tif");
    const head = 8 + 2 + 7 * 12 + 4;
    const file = (offset: number) =>
      Buffer.concat([
        tiffOf([
          [256, 2],
          [257, 2],
          [258, 8],
          [273, head],
          [277, 1],
          [279, 4],
          [330, offset],
        ]),
        Buffer.from([1, 2, 3, 4]),
      ]);
    await writeFile(path, file(4_000_000_000));
    await expect(readImage(path)).rejects.toMatchObject({ code: "INPUT_UNREADABLE" });
    await writeFile(path, file(8)); // itself: no smaller than the page
    expect((await probeImage(path)).levels).toBeUndefined();
    fault("Files", "the levels of a pyramid lead outside the file or back to it", "INPUT_UNREADABLE, or no levels");
  });

  it("refuse JPEGs that are cut off, empty, enormous, or of another kind", async () => {
    const frame = (width: number, height: number, code = 0xc0, bits = 8, components = 1) =>
      Buffer.from([
        0xff,
        0xd8,
        0xff,
        code,
        0,
        11,
        bits,
        height >> 8,
        height & 255,
        width >> 8,
        width & 255,
        components,
        1,
        0x11,
        0,
      ]);
    const cases: readonly (readonly [Buffer, string])[] = [
      [frame(30_000, 30_000), "30000 x 30000 pixels cannot be in a file of 15 bytes"],
      [frame(0, 10), "the image has no pixels (10 x 0)"],
      [frame(8, 8), "the JPEG is damaged"],
      [frame(8, 8, 0xc3), "lossless and arithmetic JPEG are not supported"],
      [frame(8, 8, 0xc0, 12), "a JPEG of 12 bits is not supported"],
      [frame(8, 8, 0xc0, 8, 4), "a JPEG in CMYK is not supported"],
      [Buffer.from("ffd8ffd9", "hex"), "it has no frame header"],
      [Buffer.from("ffd8ff00000000", "hex"), "there is no marker at byte 4"],
      [Buffer.from("ffd8ffe0ffff00", "hex"), "cut off or damaged"],
      [Buffer.concat([frame(30_000, 30_000), Buffer.alloc(4_000_000)]), "a JPEG of more than 500 megapixels is too large"],
    ];
    for (const [content, words] of cases) {
      const path = join(folder, "bad.jpg");
      await writeFile(path, content);
      const error: unknown = await readImage(path).catch((reason: unknown) => reason);
      expect(isParfocalError(error, "INPUT_UNREADABLE"), `${words}: ${String(error)}`).toBe(true);
      expect((error as Error).message).toContain(words);
      fault("Files", `the input is a JPEG: ${words}`, "INPUT_UNREADABLE that says what is wrong with it");
    }
  });

  it("refuse what is missing, a folder, and a link to nowhere", async () => {
    await expect(readImage(join(folder, "none.tif"))).rejects.toMatchObject({ code: "INPUT_NOT_FOUND", hint: "check the path" });
    await expect(readImage(join(folder, "none", "none.tif"))).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
    await expect(readImage(folder)).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message: `${folder} cannot be read: it is a folder`,
      hint: "give the image files in it, or an OME-Zarr",
    });
    await symlink(join(folder, "nowhere"), join(folder, "dangling.tif"));
    await expect(readImage(join(folder, "dangling.tif"))).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
  });

  it.skipIf(process.platform === "win32")("refuse a file that may not be read", async () => {
    const path = join(folder, "secret.tif");
    await writeFile(path, "secret");
    await chmod(folder, 0o755);
    await chmod(path, 0);
    const error: unknown = await asNobody(() => readImage(path)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "INPUT_UNREADABLE",
      message: `${path} cannot be read: no permission to read it`,
      hint: "change its permissions, or copy it to a folder of yours",
    });
  });
});

/** Pseudo-random numbers from 0 to 1 that are the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("damaged images", () => {
  let folder: string;
  let names: readonly string[];
  const maxBytes = 1 << 26;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal damaged "));
    await mkdir(join(folder, "whole"));
    await runScript(await imagingPython(), "write_images.py", join(folder, "whole"));
    const wanted =
      /^(plain-uint16|deflate-uint16-le|tiled-deflate-uint8|big|rgb|pages|imagej-tzcyx-uint16|imagej-contiguous|ome-tczyx|pillow-|predictor-float32-grey)/;
    names = (await readdir(join(folder, "whole"))).filter((name) => wanted.test(name));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Reads a damaged file; an image that comes out must be consistent, an error one of those that name the file. */
  async function outcomeOf(path: string): Promise<"image" | "refused"> {
    try {
      const image = await readImage(path, { maxBytes });
      expect(image.data.length).toBe(elementCount(image.shape));
      expect(image.axes).toHaveLength(image.shape.length);
      expect(image.data.byteLength).toBeLessThanOrEqual(maxBytes);
      return "image";
    } catch (error) {
      expect(isParfocalError(error, "INPUT_UNREADABLE") || isParfocalError(error, "INPUT_REJECTED"), `${path}: ${error}`).toBe(
        true,
      );
      expect((error as Error).message).toContain(path);
      return "refused";
    }
  }

  it("are refused when they are cut off, at any length", async () => {
    expect(names.length).toBeGreaterThan(25);
    for (const name of names) {
      const whole = await readFile(join(folder, "whole", name));
      const path = join(folder, `cut-${name}`);
      const image = await readImage(join(folder, "whole", name));
      for (const share of [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
        await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
        // some writers end their files with bytes that nothing needs
        if ((await outcomeOf(path)) === "refused") continue;
        expect(Buffer.compare(bytesOf(await readImage(path)), bytesOf(image)), `${name} cut to ${share}`).toBe(0);
      }
    }
    fault("Files", "images cut off at any length", "refused, or read as whole where nothing is missing");
  });

  it("are refused or read as a consistent image when bytes are changed", async () => {
    const random = createRandom(11);
    const outcomes = { image: 0, refused: 0 };
    for (const name of names) {
      const whole = await readFile(join(folder, "whole", name));
      const path = join(folder, `changed-${name}`);
      for (let round = 0; round < 12; round += 1) {
        const damaged = Buffer.from(whole);
        for (let change = 0; change <= round % 4; change += 1) {
          const reach = round % 2 === 0 ? Math.min(400, damaged.length) : damaged.length;
          damaged[Math.floor(random() * reach)] = Math.floor(random() * 256);
        }
        await writeFile(path, damaged);
        outcomes[await outcomeOf(path)] += 1;
      }
    }
    expect(outcomes.image).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
    fault("Files", "images with changed bytes", "refused, or read as a consistent image");
  });

  it("are recognised by content under a wrong extension", async () => {
    await copyFile(join(folder, "whole", "pillow-L.png"), join(folder, "picture.tif"));
    expect(await probeImage(join(folder, "picture.tif"))).toMatchObject({ format: "png" });
  });

  it("never take memory for pixels that a small file cannot hold", async () => {
    const path = join(folder, "huge.tif");
    const png = await readFile(join(folder, "whole", "pillow-L.png"));
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    await writeFile(path, png);
    await expect(readImage(path)).rejects.toThrow("pixels cannot be in a file of");
    fault("Files", "a small file that claims 100,000 x 100,000 pixels", "refused before memory is taken");
  });
});
