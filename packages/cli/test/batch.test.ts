import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNdArray, writeNpy } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { cli, type Ended, jsonLines, startCli, temporaryFolder } from "./support/cli.ts";
import { blobs } from "./support/images.ts";

const count = 24;

function folderOfImages(cwd: string, images = count): void {
  mkdirSync(join(cwd, "in"));
  for (let index = 0; index < images; index += 1) copyFileSync(blobs, join(cwd, "in", `i${index}.npy`));
}

const typesOf = (ended: Ended): string[] => jsonLines(ended).map(({ type, code }) => String(code ?? type));
const run = ["run", "threshold", "in", "-o", "out", "--json"];

describe("a batch that was killed", () => {
  it.each([1, 7, 15])("after %d results goes on with --resume, each image once", async (results) => {
    const cwd = temporaryFolder();
    folderOfImages(cwd);
    const started = startCli(run, { cwd });
    const ended = new Promise((resolve) => started.child.on("close", resolve));
    started.ended.catch(() => undefined); // killed on purpose
    let seen = 0;
    started.child.stdout.on("data", (chunk: string) => {
      seen += chunk.split("\n").length - 1;
      if (seen >= results) started.child.kill("SIGKILL");
    });
    await ended;
    const records = readdirSync(join(cwd, "out")).filter((name) => name.endsWith(".run.json"));
    for (const name of records) {
      const { outputs } = JSON.parse(readFileSync(join(cwd, "out", name), "utf8"));
      for (const file of Object.values(outputs as Record<string, string>)) expect(readdirSync(join(cwd, "out"))).toContain(file);
    }

    const resumed = await cli([...run, "--resume"], { cwd });
    expect(resumed.code, resumed.stderr).toBe(0);
    const types = typesOf(resumed);
    expect(types).toHaveLength(count);
    expect(types.filter((type) => type === "skipped")).toHaveLength(records.length);
    expect(types.filter((type) => type === "result")).toHaveLength(count - records.length);
    const names = readdirSync(join(cwd, "out"));
    expect(names.filter((name) => name.includes("partial"))).toEqual([]);
    expect(names.filter((name) => name.endsWith("_labels.tif"))).toHaveLength(count);

    const whole = await cli(["run", "threshold", "in", "-o", "whole"], { cwd });
    expect(whole.code).toBe(0);
    for (const name of names.filter((each) => each.endsWith("_labels.tif")))
      expect(readFileSync(join(cwd, "out", name)).equals(readFileSync(join(cwd, "whole", name)))).toBe(true);
  });
});

describe("--resume", () => {
  it("does again what has other parameters, other pixels or a file less", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 4);
    await cli(run, { cwd });
    await writeNpy(join(cwd, "in/i1.npy"), createNdArray("uint16", [128, 128]));
    rmSync(join(cwd, "out/i2_labels.tif"));
    writeFileSync(join(cwd, "out/i3.run.json"), "{");
    const again = await cli([...run, "--resume"], { cwd });
    expect(typesOf(again)).toEqual(["skipped", "result", "result", "result"]);
    const notes = jsonLines(again).map((line) => String(line.notes ?? ""));
    expect(notes).toEqual([
      "",
      "done again: the image was another",
      "done again: there is no labels",
      "done again: its record cannot be read",
    ]);
    const other = await cli([...run, "--resume", "--min-size", "30"], { cwd });
    expect(typesOf(other)).toEqual(["result", "result", "result", "result"]);
    expect(jsonLines(other)[0]?.notes).toEqual(["done again: minSize was 20"]);
  });
});

describe("parfocal retry", () => {
  it("repeats what failed with the parameters of the batch, until nothing is left", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 2);
    for (const name of ["bad.npy", "worse.npy"]) writeFileSync(join(cwd, "in", name), "no image");
    expect((await cli([...run, "--min-size", "30"], { cwd })).code).toBe(5);
    const list = JSON.parse(readFileSync(join(cwd, "out/failures.json"), "utf8"));
    expect(list).toMatchObject({ module: "threshold", total: 4, params: { minSize: 30 } });
    expect(list.failures.map(({ input }: { input: string }) => input)).toEqual(["../in/bad.npy", "../in/worse.npy"]);

    copyFileSync(blobs, join(cwd, "in/bad.npy"));
    const first = await cli(["retry", "out", "--json"], { cwd });
    expect(first.code).toBe(5);
    expect(typesOf(first)).toEqual(["result", list.failures[1].code]);
    expect(JSON.parse(readFileSync(join(cwd, "out/bad.run.json"), "utf8")).params.minSize).toBe(30);

    copyFileSync(blobs, join(cwd, "in/worse.npy"));
    expect(typesOf(await cli(["retry", "out", "--json"], { cwd }))).toEqual(["result"]);
    expect(readdirSync(join(cwd, "out"))).not.toContain("failures.json");
    const none = await cli(["retry", "out"], { cwd });
    expect(none.stderr).toContain("error[INPUT_NOT_FOUND] there is no failures.json");
  });
});

describe("parfocal rerun", () => {
  it("says whether the labels are equal, and what is different", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 1);
    await cli(run, { cwd });
    const record = join("out", "i0.run.json");
    const same = await cli(["rerun", record], { cwd });
    expect(same.stdout).toBe("equal: the same 16 objects, pixel by pixel\n");
    expect(same.code).toBe(0);

    await writeNpy(join(cwd, "in/i0.npy"), createNdArray("uint16", [128, 128]));
    const other = await cli(["rerun", record, "--into", "again", "--json"], { cwd });
    expect(other.code).toBe(1);
    expect(jsonLines(other)[0]).toMatchObject({
      equal: false,
      objects: { before: 16, now: 0 },
      changes: ["the image has other pixels now"],
    });
    expect(readdirSync(join(cwd, "again")).sort()).toEqual(["i0.run.json", "i0_labels.tif", "i0_overlay.png"]);
    expect((await cli(["rerun", record, "--into", "out"], { cwd })).code).toBe(2);
  });
});

describe("--dry-run", () => {
  it("says what would be read and written, and makes nothing", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 2);
    const plan = await cli([...run, "--dry-run"], { cwd });
    expect(plan.code, plan.stderr).toBe(0);
    const lines = jsonLines(plan);
    const size = readFileSync(blobs).length;
    expect(lines.map(({ type }) => type)).toEqual(["plan", "plan", "dry-run"]);
    expect(lines[0]).toMatchObject({ bytes: size, replaces: false });
    expect(lines[2]).toMatchObject({ images: 2, inputBytes: 2 * size, replaced: 0, environment: { state: "ready" } });
    expect(readdirSync(cwd)).toEqual(["in"]);
  });
});

/** Rows of the table of a batch, by image. */
function rowsByImage(path: string): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const line of readFileSync(path, "utf8").trimEnd().split("\n").slice(1)) {
    const [image, ...cells] = line.split(",");
    rows.set(image!, [...(rows.get(image!) ?? []), cells.join(",")]);
  }
  return rows;
}

/** What a page says of a batch, without when it was made. */
const pageOf = (path: string): string => readFileSync(path, "utf8").replace(/<dt>finished<\/dt><dd>[^<]*<\/dd>/, "");

describe("the page and the table of a batch", () => {
  const withTable = [...run, "--save", "csv"];

  it("have every image, whether it was done now, before, or by a retry", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 4);
    writeFileSync(join(cwd, "in/i5.npy"), "no image");
    await writeNpy(join(cwd, "in/i6.npy"), createNdArray("uint16", [64, 64]));
    expect((await cli(withTable, { cwd })).code).toBe(5);
    const [table, page] = [join(cwd, "out/measurements.csv"), join(cwd, "out/qc.html")];
    const names = ["i0", "i1", "i2", "i3"];
    expect([...rowsByImage(table).keys()]).toEqual(names);
    expect(readFileSync(table, "utf8").split("\n")[0]).toBe(
      `image,${readFileSync(join(cwd, "out/i0_measurements.csv"), "utf8").split("\n")[0]}`,
    );
    expect(rowsByImage(table).get("i2")).toHaveLength(16);
    expect(readFileSync(page, "utf8")).toContain("failed: INPUT_UNREADABLE");

    copyFileSync(blobs, join(cwd, "in/i5.npy"));
    expect((await cli(["retry", "out"], { cwd })).code).toBe(0);
    const all = [...names, "i5"];
    expect([...rowsByImage(table).keys()]).toEqual(all);
    for (const name of all) {
      const own = readFileSync(join(cwd, `out/${name}_measurements.csv`), "utf8")
        .trimEnd()
        .split("\n")
        .slice(1);
      expect(rowsByImage(table).get(name)).toEqual(own);
    }
    const [retriedTable, retriedPage] = [readFileSync(table), pageOf(page)];

    const whole = [...withTable.slice(0, 3), "-o", "whole", "--save", "csv"];
    expect((await cli(whole, { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "whole/measurements.csv")).equals(retriedTable)).toBe(true);
    const wholePage = pageOf(join(cwd, "whole/qc.html"));
    const facts = (html: string): string => html.slice(html.indexOf("<h1>"), html.indexOf("<h2>Overlays"));
    expect(facts(retriedPage)).toBe(facts(wholePage));
    expect(retriedPage.match(/<img /g)).toHaveLength(6);
    expect(retriedPage.slice(retriedPage.indexOf("<h2>Images"))).toBe(wholePage.slice(wholePage.indexOf("<h2>Images")));

    for (const path of [table, page]) rmSync(path);
    rmSync(join(cwd, "out/i1.run.json"));
    const resumed = await cli([...withTable, "--resume"], { cwd });
    expect(typesOf(resumed)).toEqual(["skipped", "result", "skipped", "skipped", "skipped", "skipped"]);
    expect(readFileSync(table).equals(retriedTable)).toBe(true);
    expect(facts(pageOf(page))).toBe(facts(wholePage));
    expect(pageOf(page).match(/<img /g)).toHaveLength(6);
  });

  it("are not made of one image", async () => {
    const cwd = temporaryFolder();
    folderOfImages(cwd, 1);
    expect((await cli(withTable, { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "out"))).toContain("i0_measurements.csv");
    for (const name of ["measurements.csv", "qc.html"]) expect(readdirSync(join(cwd, "out"))).not.toContain(name);
  });
});
