import { createHash } from "node:crypto";
import type { Accelerator } from "../module/manifest.ts";
import type { LockFile } from "./lock.ts";

/** Raised when environments are laid out differently, so that older ones are not taken for new ones. */
export const layoutVersion = 1;

export interface FingerprintInputs {
  readonly locks: readonly Pick<LockFile, "sha256">[];
  /** For example "3.11". */
  readonly pythonMinor: string;
  readonly platform: string;
  readonly profile: string;
  readonly accelerator: Accelerator;
}

/** Key of an environment: the first 12 hexadecimal digits of a sha256 over everything that decides what is in it. */
export function environmentKey(inputs: FingerprintInputs): string {
  const parts = [
    `layout ${layoutVersion}`,
    ...inputs.locks.map((lock) => `lock ${lock.sha256}`),
    `python ${inputs.pythonMinor}`,
    `platform ${inputs.platform}`,
    `profile ${inputs.profile}`,
    `accelerator ${inputs.accelerator}`,
  ];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}
