import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asMeasurer, asReader, connectMeasurer, connectReader, type Module, readModule, writeNpy } from "@parfocal/core";
import { describe, expect, test } from "vitest";
import { afterTest, failure, startTestDaemon, temporaryFolder, thresholdFolder } from "./support.ts";

async function copyModule(name: string): Promise<Module> {
  const folder = temporaryFolder();
  cpSync(fileURLToPath(new URL(`../../core/test/fixtures/workers/${name}`, import.meta.url)), folder, { recursive: true });
  cpSync(join(thresholdFolder, "python/locks"), join(folder, "python/locks"), { recursive: true });
  return readModule(folder);
}

describe("through the daemon", () => {
  test("a measurer gives what one of this process gives", async () => {
    const [{ settings }, module] = [await startTestDaemon(), asMeasurer(await copyModule("measures"))];
    const there = await connectMeasurer(module, { device: "cpu", settings });
    const here = await module.start({ device: "cpu" });
    afterTest(() => Promise.all([there.close(), here.close()]));
    const labels = { data: Int32Array.of(0, 7, 7, 0, 3, 7), shape: [2, 3], dtype: "int32" as const, axes: "yx" };
    const image = { ...labels, data: Uint16Array.of(1, 2, 3, 4, 5, 6), dtype: "uint16" as const, pixelSize: { x: 0.5 } };
    const [remote, local] = [await there.measure(labels, image), await here.measure(labels, image)];
    expect(remote.columns).toEqual(local.columns);
    expect(remote.objects).toBe(2);
    expect(remote.provenance).toEqual(local.provenance);
    const rejected = await failure(there.measure(labels, null, { act: "reject" }), "INPUT_REJECTED");
    expect([rejected.message, rejected.hint]).toEqual(["measures: these labels are no good", "draw better ones"]);
  });

  test("a reader reads this user's files", async () => {
    const [{ settings }, module] = [await startTestDaemon(), asReader(await copyModule("reads"))];
    const pixels = { data: Uint16Array.from({ length: 48 }, (_, i) => i), shape: [2, 2, 3, 4], dtype: "uint16" as const };
    const path = join(temporaryFolder(), "a.stack");
    await writeNpy(path, pixels);
    const reader = await connectReader(module, { device: "cpu", settings });
    afterTest(() => reader.close());
    const file = await reader.open(path);
    expect(file.header.positions[0]).toMatchObject({ axes: "tcyx", shape: [2, 2, 3, 4], channels: ["DAPI", "GFP"] });
    expect((await file.read({ t: 1, c: 1 })).data).toEqual(pixels.data.slice(36));
    await file.close();
    await failure(reader.open(`${path}x`), "INPUT_UNREADABLE");
  });
});
