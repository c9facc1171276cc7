import { join } from "node:path";
import { ensureEnvironment, readModule, sampleFiles } from "@parfocal/core";
import { workspace } from "./cli.ts";

/** A drawn image of 16 discs, 128 x 128, that lies in the threshold module. */
export const blobs = join(workspace, "modules/threshold/python/sample/blobs.npy");
export const blobObjects = 16;

/** The image of nuclei that comes with stardist, 512 x 512, TIFF; its environment is built if need be. */
export async function nuclei(): Promise<string> {
  const module = await readModule(join(workspace, "modules/stardist"));
  return sampleFiles(module.handle, await ensureEnvironment(module.handle))!.image;
}
