import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, readNpy, writeNpy } from "@parfocal/core";
import { describeShared } from "@parfocal/fixtures";
import { reader } from "@parfocal/reader";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli, jsonLines } from "./support/cli.ts";

describeShared("files of microscopes", (data) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal scopes "));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const nd2 = join(data, "microscope-formats/time-positions-channels.nd2");
  const common = ["--no-daemon", "--device", "cpu", "--no-overlay"];

  it("give the labels that the chosen plane gives by itself, and say how they were read", async () => {
    const all = (await readNpy(join(data, "microscope-formats/time-positions-channels.npy"))) as NdArray<"uint16">;
    const size = 256 * 256;
    const plane = { data: all.data.slice(6 * size, 7 * size), shape: [256, 256], dtype: "uint16" as const }; // t 1, p 1, c 0
    await writeNpy(join(folder, "plane.npy"), plane);
    const labels = (name: string) => join(folder, name);
    const chosen = ["--channel", "DAPI", "--t", "1", "--position", "1"];
    const run = await cli(["run", "threshold", nd2, ...chosen, "-o", labels("nd2.npy"), ...common]);
    expect(run).toMatchObject({ code: 0 });
    await cli(["run", "threshold", labels("plane.npy"), "-o", labels("npy.npy"), ...common]);
    const [one, other] = await Promise.all(["nd2.npy", "npy.npy"].map((name) => readNpy(labels(name))));
    expect(one).toEqual(other);
    expect(new Set(one!.data as Int32Array).size).toBeGreaterThan(5);
    const record = JSON.parse(await readFile(join(folder, "nd2.run.json"), "utf8"));
    expect(record.input).toMatchObject({
      axes: "yx",
      pixelSize: { x: 0.65, y: 0.65 },
      reading: { channel: "DAPI", t: 1, position: "1" },
    });
  });

  it("are drawn and measured, too", async () => {
    const [labels, part] = [join(folder, "nd2.npy"), ["--channel", "FITC", "--t", "1", "--position", "1"]];
    const drawn = await cli(["view", labels, nd2, "-o", join(folder, "drawn.png"), ...part, "--json"]);
    expect(jsonLines(drawn)[0]).toMatchObject({ objects: expect.any(Number), pixelSize: { x: 0.65, y: 0.65 } });
    const measured = await cli(["measure", labels, nd2, "-o", join(folder, "table.csv"), ...part, "--json"]);
    expect(measured.stderr).toBe("");
    expect(jsonLines(measured)[0]).toMatchObject({ type: "result", columns: expect.arrayContaining(["area_um2"]) });
  });

  it("are read by a module that is found like any other", async () => {
    expect(jsonLines(await cli(["list", "--json"]))).toContainEqual(
      expect.objectContaining({ name: reader.name, version: reader.version, kind: "reader" }),
    );
  });

  it("that do not fit are refused with the option that chooses", async () => {
    const whole = await cli(["run", "threshold", nd2, "-o", `${folder}/`, ...common]);
    expect(whole.code).toBe(1);
    expect(whole.stderr).toContain("this one has axes tcyx (2 x 2 x 256 x 256)");
    expect(whole.stderr).toContain("choose one time point (on the command line --t N)");
    const channel = await cli(["run", "threshold", nd2, "--channel", "Cy5", "-o", `${folder}/`, ...common]);
    expect(channel.stderr).toContain("has no channel Cy5; it has channels 0 to 1: DAPI, FITC");
    const wrong = await cli(["run", "threshold", nd2, "--z", "1.5", ...common]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--z takes a number from 0, not "1.5"')]);
  });
});
