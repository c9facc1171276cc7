import { z } from "zod";
import { accelerators } from "../module/manifest.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const platformSize = z.strictObject({
  /** Bytes to download, and bytes on disk afterwards; null when they were not known when the lock was written. */
  downloadBytes: z.int().nullable(),
  installedBytes: z.int().nullable(),
});

const lockEntry = z.strictObject({
  /** Hash of the lock file's bytes. */
  sha256,
  /** Hash of the dependency tables and compile arguments that the lock was made from. */
  inputsSha256: sha256,
  packages: z.int(),
  /** Torch backend of uv ("cpu", "cu130") that local versions such as `torch==2.13.0+cpu` come from, where no wheel folder has them. */
  torchBackend: z.string().nullable(),
  /** Major version of CUDA that the packages are built for. */
  cuda: z.int().nullable(),
  /** Platforms on which every pin has a wheel. */
  platforms: z.record(z.string(), platformSize),
});

/** Content of `python/locks/PROFILE/locks.json`. */
export const locksSchema = z.strictObject({
  locksVersion: z.literal(1),
  /** Minor version of Python, for example "3.11". */
  python: z.string().regex(/^\d+\.\d+$/),
  /** Version of uv that wrote the locks. */
  uv: z.string(),
  accelerators: z.partialRecord(z.enum(accelerators), lockEntry),
  /** Locks that are installed on top of an accelerator's, for example "test". */
  extras: z.record(z.string(), lockEntry),
});

export type Locks = z.infer<typeof locksSchema>;
export type LockEntry = z.infer<typeof lockEntry>;
