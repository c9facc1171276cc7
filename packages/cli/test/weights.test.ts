import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNpy } from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { cli, jsonLines, temporaryFolder } from "./support/cli.ts";
import { blobs } from "./support/images.ts";
import { serveWeights, weightsLicence, weightsSha256, writeWeighted } from "./support/weighted-module.ts";

let server: Awaited<ReturnType<typeof serveWeights>>;
let url = "";
let host = "";
beforeAll(async () => {
  server = await serveWeights();
  url = server.url;
  host = new URL(url).host.replace(":", "_");
});
afterAll(() => server.close());

describe("a module with weights", () => {
  it("fetches them after saying their licences; results name them; everything works without Node, and without a network", async () => {
    const cwd = temporaryFolder();
    writeWeighted(join(cwd, "weighted"), url);
    const [home] = jsonLines(await cli(["env", "install", "threshold", "--json"], { cwd })).map(({ folder }) =>
      join(String(folder), "../.."),
    );
    onTestFinished(() => rmSync(join(home!, "weights", host), { recursive: true, force: true }));
    const place = join(home!, "weights", host, "nets", "seven");

    const missing = await cli(["run", "./weighted", blobs, "--offline"], { cwd });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("error[WEIGHTS_MISSING]");
    expect(missing.stderr.replace(/\s+/g, " ")).toContain(`it comes from ${url} and belongs at ${place}`);
    const plan = await cli(["run", "./weighted", blobs, "--dry-run"], { cwd });
    expect(plan.stdout).toContain("weights numbers: downloads 1 B\n");
    expect((await cli(["info", "./weighted"], { cwd })).stdout).toContain(
      "  numbers  1 B  not here  a number\n  licence of all\n" +
        "    code: MIT; weights: CC-BY-4.0; training data: own drawings; unclear whether they may be\n    passed on\n",
    );
    expect((await cli(["env", "install", "./weighted", "--no-weights"], { cwd })).stderr).not.toContain("weights");

    const installed = await cli(["env", "install", "./weighted"], { cwd });
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stderr.replaceAll(/\d\.\d\d s/g, "0.00 s")).toBe(
      `weighted weights numbers  fetching 1 B from ${new URL(url).host} (once)\n` +
        `  where   ${join(home!, "weights")}\n` +
        "  licence code: MIT; weights: CC-BY-4.0; training data: own drawings; unclear whether they may be passed on\n" +
        `  recorded seven: sha256 ${weightsSha256}; later downloads must equal it\n` +
        "fetched numbers in 0.00 s\n",
    );
    const info = jsonLines(await cli(["info", "./weighted", "--json"], { cwd }))[0];
    expect(info?.weights).toMatchObject([{ name: "numbers", isHere: true, files: [{ path: place }] }]);

    const planned = jsonLines(await cli(["run", "./weighted", blobs, "--dry-run", "--json"], { cwd })).at(-1);
    expect(planned?.weights).toEqual([{ name: "numbers", isHere: true, downloadBytes: 0, filesOfUnknownSize: 0 }]);

    const ran = await cli(["run", "./weighted", blobs, "-o", "labels.npy", "--offline"], { cwd });
    expect(ran.code, ran.stderr).toBe(0);
    const labels = await readNpy(join(cwd, "labels.npy"));
    expect(new Set(labels.data as Int32Array)).toEqual(new Set([7]));
    const record = JSON.parse(readFileSync(join(cwd, "labels.run.json"), "utf8")) as unknown;
    expect(record).toMatchObject({ weights: [{ name: "numbers", file: "seven", sha256: weightsSha256 }] });

    const [printed] = jsonLines(await cli(["env", "path", "./weighted", "--command", "--json"], { cwd }));
    const [program, ...args] = printed!.command as string[];
    execFileSync(program!, [...args, "--input", blobs, "--output", join(cwd, "by-hand.npy")]);
    expect((await readNpy(join(cwd, "by-hand.npy"))).data).toEqual(labels.data);
  });

  it("says before a run what those that its parameters need would download, as far as sizes are recorded", async () => {
    const cwd = temporaryFolder();
    const folder = writeWeighted(join(cwd, "sized"), url);
    const path = join(folder, "module.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    const file = (name: string, bytes: number | null) => ({ name, url: `http://127.0.0.1:9/sized/${name}`, bytes, sha256: null });
    const set = (name: string, when: object, files: object[]) => ({
      name,
      description: name,
      when,
      files,
      licence: weightsLicence,
    });
    const weights = [
      set("all", {}, [file("a", 26_566_255), file("b", 1_000_000)]),
      set("some", {}, [file("c", 5_000_000), file("d", null)]),
      set("none", {}, [file("e", null)]),
      set("other", { net: "large" }, [file("f", 7)]),
    ];
    const params = {
      ...manifest.params,
      properties: {
        ...manifest.params.properties,
        net: { type: "string", enum: ["small", "large"], default: "small", stage: "load" },
      },
    };
    writeFileSync(path, JSON.stringify({ ...manifest, params, weights }));
    const plan = await cli(["run", "./sized", blobs, "--dry-run"], { cwd });
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout.slice(plan.stdout.indexOf("weights"))).toBe(
      "weights all: downloads 28 MB\nweights some: downloads 5.0 MB and 1 file, size unknown\nweights none: downloads, size unknown\n",
    );
    const large = await cli(["run", "./sized", blobs, "--net", "large", "--dry-run"], { cwd });
    expect(large.stdout).toContain("weights other: downloads 7 B\n");
  });
});
