import { link, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { measure } from "@parfocal/measure";
import { threshold } from "@parfocal/threshold";
import { execa } from "execa";
import { command } from "./command.ts";

const script = fileURLToPath(new URL("../python/make_images.py", import.meta.url));
const different = 16;

export interface BatchFolder {
  /** Of the measure module: scikit-image, scipy, tifffile. */
  readonly python: string;
  /** Makes a folder of so many images of 1 MB; beyond the first 16 they are hard links. */
  images(count: number): Promise<string>;
  /** A path below the scratch folder that does not exist yet. */
  output(name: string): string;
  remove(): Promise<void>;
}

/** Folders for measuring batches, with both environments built. */
export async function createBatchFolder(): Promise<BatchFolder> {
  const { python } = await ensureEnvironment(measure.handle, { device: "cpu" });
  await ensureEnvironment(threshold.handle, { device: "cpu" });
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const made = join(folder, "made");
  await mkdir(made);
  await execa(python, [script, (await fixture("stardist")).path("img2d.tif"), made]);
  const twoDigits = (index: number): string => String(index).padStart(2, "0");
  return {
    python,
    async images(count) {
      const place = join(folder, `images-${count}`);
      await mkdir(place);
      for (let index = 0; index < count; index += 1) {
        await link(join(made, `${twoDigits(index % different)}.tif`), join(place, `${String(index).padStart(5, "0")}.tif`));
      }
      return place;
    },
    output: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Starts `parfocal run threshold` on a folder: labels, measurements and run records, neither overlays nor a page. */
export function startBatch(images: string, output: string) {
  const args = ["run", "threshold", images, "-o", output, "--save", "csv", "--no-overlay", "--no-qc", "--no-daemon"];
  return execa(process.execPath, [command, ...args], { cwd: dirname(fileURLToPath(import.meta.url)) });
}
