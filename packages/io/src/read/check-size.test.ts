import { describe, expect, it } from "vitest";
import { checkFullness } from "./check-size.ts";

const gib = 2 ** 30;
const shape = [32_768, 32_768];

describe("checkFullness", () => {
  it("refuses gigabytes out of a file 256 times smaller", async () => {
    await expect(checkFullness("a.png", gib, gib / 256 - 1, { shape, maxBytes: undefined })).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message:
        "a.png cannot be read: the image (32768 x 32768) would take 1073741824 bytes of memory out of 4194303 in the file: " +
        "it is nearly empty, or made to fill the memory",
      hint: "crop it, or save it without compression; in code, give maxBytes",
    });
    await checkFullness("a.png", gib, gib / 256, { shape, maxBytes: undefined });
  });

  it("lets pass what is small, and what the caller has room for", async () => {
    await checkFullness("a.png", gib / 2, 1, { shape, maxBytes: undefined });
    await checkFullness("a.png", gib, 1, { shape, maxBytes: gib });
  });

  it("asks for no more bytes than are enough", async () => {
    const asked: number[] = [];
    const stored = async (enough: number): Promise<number> => {
      asked.push(enough);
      return enough;
    };
    await checkFullness("a.zarr", gib, stored, { shape, maxBytes: undefined });
    await checkFullness("a.zarr", gib / 2, stored, { shape, maxBytes: undefined });
    expect(asked).toEqual([gib / 256]);
  });
});
