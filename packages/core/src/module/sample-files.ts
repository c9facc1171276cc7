import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";
import type { ModuleHandle, ModuleSample } from "./manifest.ts";

/** Where a module's sample lies on this machine. */
export interface SampleFiles {
  readonly image: string;
  /** Labels that people drew, null when the module has none. */
  readonly truth: string | null;
  readonly sample: ModuleSample;
}

/** Absolute paths of a module's sample, null when it declares none. The files lie in the module's folder or in its environment. */
export function sampleFiles(handle: ModuleHandle, environment: Pick<Environment, "sitePackages">): SampleFiles | null {
  const { sample } = handle.manifest;
  if (sample === undefined) return null;
  const locate = (file: ModuleSample["image"]) =>
    join(file.from === "package" ? handle.folder : environment.sitePackages, file.path);
  return { image: locate(sample.image), truth: sample.truth === undefined ? null : locate(sample.truth), sample };
}
