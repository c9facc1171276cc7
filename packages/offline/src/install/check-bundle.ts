import { createHash } from "node:crypto";
import type { BundleProgress } from "../create/create-bundle.ts";
import { invalidBundle, throwIfCancelled } from "../failures.ts";
import { contentBytes } from "../manifest.ts";
import type { OpenBundle } from "./open-bundle.ts";

/**
 * Reads every file of a bundle and compares it with the list of contents. Writes nothing.
 *
 * @throws ParfocalError BUNDLE_INVALID naming the first file that is missing or differs; CANCELLED.
 */
export async function checkBundle(
  bundle: OpenBundle,
  {
    signal,
    onProgress = () => {},
  }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (progress: BundleProgress) => void },
): Promise<void> {
  const { files } = bundle.manifest;
  const totalBytes = contentBytes(files);
  // sizes cost nothing, so that a bundle that was copied in part fails at once
  for (const { path, bytes } of files) {
    const size = await bundle.sizeOf(path);
    if (size === null) throw invalidBundle(bundle.place, `${path} is missing`);
    if (size !== bytes) throw invalidBundle(bundle.place, `${path} has ${size} bytes, must have ${bytes}`);
  }
  let done = 0;
  for (const { path, sha256 } of files) {
    throwIfCancelled(signal);
    const hash = createHash("sha256");
    try {
      for await (const chunk of await bundle.read(path)) {
        hash.update(chunk as Buffer);
        done += (chunk as Buffer).length;
        onProgress({ step: "check", message: path, bytes: done, totalBytes });
      }
    } catch (error) {
      throw invalidBundle(bundle.place, `${path} cannot be read: ${(error as Error).message}`, error);
    }
    const found = hash.digest("hex");
    if (found !== sha256) throw invalidBundle(bundle.place, `${path} was changed: its sha256 is ${found}, must be ${sha256}`);
  }
}
