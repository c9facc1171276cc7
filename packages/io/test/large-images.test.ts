import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagingPython, runScript } from "./support/python.ts";

const script = fileURLToPath(new URL("support/read-windows.ts", import.meta.url));
const mebibyte = 2 ** 20;

describe("images larger than memory may be", () => {
  let folder: string;
  let places: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal large "));
    await runScript(await imagingPython(), "write_large.py", folder);
    places = JSON.parse(await readFile(join(folder, "places.json"), "utf8")) as typeof places;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function readWindows(name: string, edge: number, step: number) {
    const args = ["--conditions=@parfocal/source", script, join(folder, name), String(edge), String(step)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
    return JSON.parse(stdout) as { found: number[][]; maxRssBytes: number };
  }
  const sorted = (pixels: readonly (readonly number[])[]) => [...pixels].sort((a, b) => a[2]! - b[2]!);

  it("a tiled TIFF of 20,000 x 20,000 pixels is read whole, window by window, within 400 MiB", async () => {
    const { found, maxRssBytes } = await readWindows("square.tif", 2000, 1);
    expect(sorted(found)).toEqual(places["square.tif"]);
    expect(maxRssBytes).toBeLessThan(400 * mebibyte);
  });

  it("a TIFF of ten gigabytes opens, and gives windows, within 400 MiB", async () => {
    expect((await stat(join(folder, "ten-gigabytes.tif"))).size).toBeGreaterThan(10e9);
    const { found, maxRssBytes } = await readWindows("ten-gigabytes.tif", 3000, 40);
    const wanted = places["ten-gigabytes.tif"]!.filter(([y, x]) => (Math.floor(y / 3000) * 24 + Math.floor(x / 3000)) % 40 === 0);
    expect(wanted.length).toBeGreaterThan(1);
    expect(sorted(found)).toEqual(wanted);
    expect(maxRssBytes).toBeLessThan(400 * mebibyte);
  });
});
