import { statSync } from "node:fs";
import type { Settings } from "../contract/environment.ts";
import { readSettings } from "../environment/settings.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import type { WeightFile, WeightSet } from "../module/weight-set.ts";
import { weightPlace } from "./place.ts";

/** A declared weight file, and whether it is on this machine. */
export interface WeightFileState extends WeightFile {
  /** Where it lies or will lie. */
  readonly path: string;
  /** True when a file of the right size is there. It is not read: starting a worker verifies it. */
  readonly isHere: boolean;
}

/** A declared set of weights, and whether all of it is on this machine. */
export interface WeightSetState extends Omit<WeightSet, "files"> {
  readonly files: readonly WeightFileState[];
  readonly isHere: boolean;
  /** Bytes of all files, declared or found; null when one is neither. */
  readonly bytes: number | null;
}

/** How the weights that a module declares stand on this machine. Fetches and reads nothing. */
export function listWeights({ weights }: Pick<ModuleManifest, "weights">, settings: Partial<Settings> = {}): WeightSetState[] {
  const all = readSettings(settings);
  return weights.map((set) => {
    let bytes: number | null = 0;
    const files = set.files.map((file) => {
      const path = weightPlace(all, file.url);
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? null;
      const known = file.bytes ?? size;
      bytes = bytes === null || known === null ? null : bytes + known;
      return { ...file, path, isHere: size !== null && size === known };
    });
    return { ...set, files, bytes, isHere: files.every(({ isHere }) => isHere) };
  });
}
