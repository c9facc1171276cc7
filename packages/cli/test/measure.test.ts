import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Labels, writeNpy } from "@parfocal/core";
import { readImage, readLabels, writeLabels } from "@parfocal/io";
import { VERSION } from "@parfocal/measure";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../src/main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal measure "));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...rawArguments: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runCli(rawArguments, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    cwd: folder,
    variables: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** Three squares of 10, 12 and 14 pixels, the last one at the right edge. */
function squares(): Labels {
  const [height, width] = [40, 60];
  const data = new Int32Array(height * width);
  for (const [index, size] of [10, 12, 14].entries()) {
    const left = [3, 20, 46][index]!;
    for (let y = 5; y < 5 + size; y += 1) data.fill(index + 1, y * width + left, y * width + left + size);
  }
  return { data, shape: [height, width], dtype: "int32", axes: "yx", pixelSize: { x: 0.5, y: 0.5 } };
}

/** Rows of a CSV as text, by column. */
async function readCsv(path: string): Promise<Record<string, string[]>> {
  const [head, ...rows] = (await readFile(join(folder, path), "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return Object.fromEntries(head!.map((name, column) => [name, rows.map((row) => row[column]!)]));
}

describe("parfocal measure", () => {
  const labels = squares();
  beforeAll(async () => {
    const image = { data: Uint16Array.from(labels.data, (id) => id * 100), shape: labels.shape, dtype: "uint16" } as const;
    await writeLabels(join(folder, "cells_labels.tif"), labels);
    await writeNpy(join(folder, "cells.npy"), image);
  });

  it("writes a row for each object, in pixels and micrometres", async () => {
    const { code, out } = await run("measure", "cells_labels.tif", "cells.npy");
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^cells {2}3 objects {2}\d+ columns {2}-> cells_measurements\.csv\n$/),
    });
    const table = await readCsv("cells_measurements.csv");
    expect(table).toMatchObject({
      label: ["1", "2", "3"],
      area: ["100.0", "144.0", "196.0"],
      area_um2: ["25.0", "36.0", "49.0"],
      "centroid-1": ["7.5", "25.5", "52.5"],
      "centroid-1_um": ["3.75", "12.75", "26.25"],
      solidity: ["1.0", "1.0", "1.0"],
      touches_edge: ["False", "False", "True"],
      intensity_mean: ["100.0", "200.0", "300.0"],
    });
  });

  it("measures the properties that are asked for, without an image, and with a pixel size that is given", async () => {
    const asked = ["--properties", "perimeter,area", "--pixel-size", "2", "-o", "tables/shape.csv", "--json"];
    const { code, out } = await run("measure", "cells_labels.tif", ...asked);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      type: "result",
      objects: 3,
      columns: ["label", "perimeter", "area", "perimeter_um", "area_um2"],
      table: join(folder, "tables", "shape.csv"),
    });
    expect((await readCsv("tables/shape.csv")).area_um2).toEqual(["400.0", "576.0", "784.0"]);
  });

  it("pairs folders by name, and goes on when one pair does not fit", async () => {
    await Promise.all([mkdir(join(folder, "results")), mkdir(join(folder, "images"))]);
    for (const name of ["a", "b"]) await writeLabels(join(folder, "results", `${name}_labels.tif`), labels);
    await writeNpy(join(folder, "images", "a.npy"), { data: new Uint8Array(2400), shape: [40, 60], dtype: "uint8" });
    await writeNpy(join(folder, "images", "b.npy"), { data: new Uint8Array(100), shape: [10, 10], dtype: "uint8" });
    const { code, out, err } = await run("measure", "results", "images", "-o", "many", "--format", "parquet");
    expect({ code, out }).toEqual({ code: 5, out: expect.stringContaining("a  3 objects") });
    expect(err).toContain("the labels are 40 x 60 (yx), the image is 10 x 10");
    expect(await readdir(join(folder, "many"))).toEqual(["a_measurements.parquet"]);
  });

  it("explains itself with the parameters of the module", async () => {
    const { code, out } = await run("measure", "--help");
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/Parameters of measure \d[\s\S]*--properties A,B/) });
  });

  it("says what it does not know", async () => {
    expect((await run("measure")).err).toContain("`parfocal measure` needs LABELS");
    expect((await run("measure", "cells_labels.tif", "--propertie", "area")).err).toContain("did you mean --properties?");
    expect((await run("measure", "cells_labels.tif", "--properties", "volume")).code).toBe(2);
    expect((await run("measure", "cells_labels.tif", "--measurer", "threshold")).err).toContain("threshold is a segmenter");
  });
});

describe("parfocal run --save", () => {
  it("writes measurements and outlines beside the labels, and records them", async () => {
    const labels = squares();
    const image = { data: Uint16Array.from(labels.data, (id) => 10 + id * 100), shape: labels.shape, dtype: "uint16" } as const;
    await writeNpy(join(folder, "three.npy"), image);
    const { code, out } = await run(
      "run",
      "threshold",
      "three.npy",
      "-o",
      "saved",
      "--save",
      "csv, parquet,imagej,qupath",
      "--json",
    );
    expect(code).toBe(0);
    expect((await readdir(join(folder, "saved"))).sort()).toEqual([
      "three.geojson",
      "three.run.json",
      "three_labels.tif",
      "three_measurements.csv",
      "three_measurements.parquet",
      "three_overlay.png",
      "three_rois.zip",
    ]);
    expect(JSON.parse(out).outputs).toMatchObject({ csv: join(folder, "saved", "three_measurements.csv") });
    const record = JSON.parse(await readFile(join(folder, "saved", "three.run.json"), "utf8"));
    expect(record).toMatchObject({
      outputs: { labels: "three_labels.tif", csv: "three_measurements.csv", roi: "three_rois.zip", geojson: "three.geojson" },
      measurements: { module: "measure", version: VERSION, params: { micrometres: true } },
    });
    const table = await readCsv("saved/three_measurements.csv");
    expect(table.label).toHaveLength(
      (await readLabels(join(folder, "saved", "three_labels.tif"))).data.reduce((a, b) => Math.max(a, b)),
    );
    // areas are pixels already
    expect(table).not.toHaveProperty("areas");
    const collection = JSON.parse(await readFile(join(folder, "saved", "three.geojson"), "utf8"));
    expect(collection.features[0].properties.measurements.area).toBe(Number(table.area![0]));
  });

  it("has no flat outlines of volumes, says so, and writes the rest", async () => {
    const data = new Uint16Array(8 * 30 * 30);
    for (let z = 2; z < 6; z += 1) for (let y = 5; y < 15; y += 1) data.fill(500, (z * 30 + y) * 30 + 5, (z * 30 + y) * 30 + 20);
    await writeNpy(join(folder, "volume.npy"), { data, shape: [8, 30, 30], dtype: "uint16" });
    const { code, err } = await run("run", "threshold", "volume.npy", "-o", "flat", "--save", "roi,csv", "--axes", "zyx");
    expect(code).toBe(0);
    expect(err).toContain("no ImageJ ROIs: they are 2D, and these objects are 3D");
    expect(await readdir(join(folder, "flat"))).not.toContain("volume_rois.zip");
    const record = JSON.parse(await readFile(join(folder, "flat", "volume.run.json"), "utf8"));
    expect(record.outputs).not.toHaveProperty("roi");
    expect(record.warnings).toEqual([expect.stringContaining("no ImageJ ROIs")]);
    expect((await readCsv("flat/volume_measurements.csv")).area).toEqual(["600.0"]);
    expect((await readImage(join(folder, "flat", "volume_labels.tif"))).shape).toEqual([8, 30, 30]);
  });

  it("knows the names that people use, and says what there is", async () => {
    const { code, err } = await run("run", "threshold", "three.npy", "--save", "cvs");
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("did you mean csv?") });
  });
});

describe("parfocal run --format", () => {
  it.each([
    ["ome.tif", "as-ome", "three_labels.ome.tif"],
    ["zarr", "as-zarr", "three_labels.ome.zarr"],
  ])("%s writes labels that are read again, also over earlier ones", async (format, output, name) => {
    const labels = squares();
    const image = {
      data: Uint16Array.from(labels.data, (id) => (id > 0 ? 500 : 10)),
      shape: labels.shape,
      dtype: "uint16",
    } as const;
    await writeNpy(join(folder, "three.npy"), image);
    for (const place of [output, output, join(output, name)]) {
      const { code, err } = await run("run", "threshold", "three.npy", "-o", place, "--format", format, "--no-overlay");
      expect({ code, err }).toMatchObject({ code: 0 });
    }
    const again = await readLabels(join(folder, output, name));
    expect(again).toMatchObject({ shape: [40, 60], axes: "yx" });
    expect(new Set(again.data).size).toBe(4);
  });
});

describe("parfocal run --qc", () => {
  beforeAll(async () => {
    await mkdir(join(folder, "plate"));
    const labels = squares();
    for (const name of ["a", "b"]) {
      const data = Uint16Array.from(labels.data, (id) => (id > 0 ? 500 : 10));
      await writeNpy(join(folder, "plate", `${name}.npy`), { data, shape: labels.shape, dtype: "uint16" });
    }
    await writeFile(join(folder, "plate", "broken.png"), "no picture");
  });

  it("writes a page to look several images over, with their failures", async () => {
    const { code, err } = await run("run", "threshold", "plate", "-o", "looked");
    expect(code).toBe(5);
    expect(err).toContain(`look it over: ${join("looked", "qc.html")}`);
    const page = await readFile(join(folder, "looked", "qc.html"), "utf8");
    expect(page).toContain("threshold on 3 images");
    expect(page).toContain("<b>6</b>objects");
    expect(page).toContain("broken.png");
    expect(page.match(/data:image\/png/g)).toHaveLength(2);
    expect(page).toContain('href="a_overlay.png"');
  });

  it("leaves it away where nobody wants it, and for one image", async () => {
    await run("run", "threshold", "plate", "-o", "without", "--no-qc");
    await run("run", "threshold", join("plate", "a.npy"), "-o", "one");
    expect(await readdir(join(folder, "without"))).not.toContain("qc.html");
    expect(await readdir(join(folder, "one"))).not.toContain("qc.html");
    await run("run", "threshold", join("plate", "a.npy"), "-o", "one", "--qc");
    expect(await readdir(join(folder, "one"))).toContain("qc.html");
  });
});
