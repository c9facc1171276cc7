import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNdArray, type Image, type Module, pythonFolder, readModule } from "@parfocal/core";

const worker = fileURLToPath(new URL("../../python/stub_worker.py", import.meta.url));

export interface Stub extends AsyncDisposable {
  readonly module: Module;
}

/**
 * A module in a temporary folder with the locks, and so the very environment, of another one, and with a worker that behaves badly when asked
 * to: parameter `behaviour` is "good", "raise", "exit", "print", "wait" (until cancelled) or "sleep" (deaf to cancelling).
 */
export async function createStub({ manifest, handle }: Module): Promise<Stub> {
  const folder = await mkdtemp(join(tmpdir(), "parfocal stub "));
  await mkdir(join(folder, "python"));
  await cp(join(pythonFolder(handle.folder), "locks"), join(folder, "python", "locks"), { recursive: true });
  await copyFile(worker, join(folder, "python", "worker.py"));
  const behaviour = { type: "string", enum: ["good", "raise", "exit", "print", "wait", "sleep"], default: "good" };
  const stub = {
    manifestVersion: manifest.manifestVersion,
    name: manifest.name,
    version: manifest.version,
    kind: "segmenter",
    description: `a stub in the environment of ${manifest.name}`,
    params: { type: "object", properties: { behaviour: { ...behaviour, stage: "network" } }, additionalProperties: false },
    accepts: { axes: ["yx"], dtypes: ["uint8"] },
    outputs: { labels: { kind: "labels", description: "every pixel that is not 0" } },
    profiles: manifest.profiles,
  };
  await writeFile(join(folder, "module.json"), JSON.stringify(stub));
  return {
    module: await readModule(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An image in which the stub finds so many objects, of one pixel each. */
export function imageOfObjects(count: number): Image {
  const width = 512;
  const image = createNdArray("uint8", [Math.ceil(count / width), width]);
  image.data.fill(1, 0, count);
  return { ...image, axes: "yx" };
}
