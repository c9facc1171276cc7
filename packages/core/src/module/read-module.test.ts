import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { locksFolder } from "../environment/lock.ts";
import { workerPath } from "../worker/command.ts";
import { readModule } from "./read-module.ts";

/** A folder with this module.json. */
function folderWith(manifest: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "pf read "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "module.json"), JSON.stringify(manifest));
  return folder;
}

const withParams = (properties: unknown) => ({ name: "mine", params: { type: "object", properties } });

describe("readModule", () => {
  test("needs nothing but a name", async () => {
    const { manifest, version } = await readModule(folderWith({ name: "mine", accepts: { axes: ["zyx"] } }));
    expect(version).toBe("0.0.0");
    expect(manifest).toMatchObject({
      manifestVersion: 1,
      kind: "segmenter",
      accepts: { axes: ["zyx"], dtypes: expect.arrayContaining(["uint16", "float32"]) },
      outputs: { labels: { kind: "labels" } },
      profiles: { default: { imports: [] } },
    });
  });

  test("finds worker and locks in python/, or beside module.json", async () => {
    const folder = folderWith({ name: "mine" });
    const { handle } = await readModule(folder);
    expect(workerPath(handle)).toBe(join(folder, "worker.py"));
    expect(locksFolder(handle, "default")).toBe(join(folder, "locks", "default"));
    mkdirSync(join(folder, "python"));
    expect(workerPath(handle)).toBe(join(folder, "python", "worker.py"));
    expect(locksFolder(handle, "default")).toBe(join(folder, "python", "locks", "default"));
  });

  test.each([
    [{}, "name"],
    [{ name: "Mine" }, "must be lower case letters, digits and dashes"],
    [{ name: "mine", accepts: { axes: ["xyq"] } }, "accepts.axes[0]"],
    [{ name: "mine", accepts: 3 }, "accepts"],
    [{ name: "mine", outputs: { labels: { kind: "mask", description: "" } } }, "outputs.labels.kind"],
    [{ name: "mine", params: {} }, 'params.type: must be "object"'],
    [withParams({ "min size": { type: "number", default: 1 } }), "params.properties.min size: the name must be one word"],
    [withParams({ size: 3 }), "params.properties.size: "],
    [withParams({ size: { type: "object", default: {} } }), "params.properties.size.type: "],
    [withParams({ size: { type: "number" } }), "params.properties.size.default: is missing"],
    [withParams({ size: { type: "number", default: "3" } }), "params.properties.size.default: Invalid input: expected number"],
    [withParams({ size: { type: "integer", minimum: 1, default: 0 } }), "params.properties.size.default: Too small"],
    [withParams({ size: { type: "number", default: 1, stage: "late" } }), "params.properties.size.stage: "],
  ])("names what is wrong in %j", async (manifest, message) => {
    const folder = folderWith(manifest);
    await expect(readModule(folder)).rejects.toMatchObject({
      code: "MODULE_INVALID",
      message: expect.stringContaining(message),
      hint: expect.stringContaining("correct the field"),
    });
    await expect(readModule(folder)).rejects.toThrow(join(folder, "module.json"));
  });

  test("refuses what is no object", async () => {
    await expect(readModule(folderWith([]))).rejects.toThrow("expected object");
  });
});
