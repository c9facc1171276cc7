import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ParfocalError, pythonFolder, type Settings } from "@parfocal/core";
import { createCompiler } from "./compile.ts";
import { createWheelScale } from "./wheel-bytes.ts";
import { type WrittenLock, writeLocks } from "./write-locks.ts";

export interface LockOptions {
  /** Take the newest versions, not those of the present lock. Default false. */
  readonly upgrade?: boolean;
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  /** Hears what is being done right now. */
  readonly onMessage?: (message: string) => void;
  /** Hears what is not as it should be but stops nothing. */
  readonly onWarning?: (message: string) => void;
}

/**
 * The folder of a module that can be locked.
 *
 * @throws ParfocalError MODULE_INVALID when it has no pyproject.toml.
 */
export function lockableFolder(folder: string): string {
  const root = resolve(folder);
  const path = join(pythonFolder(root), "pyproject.toml");
  if (existsSync(path)) return root;
  throw new ParfocalError("MODULE_INVALID", `there is nothing to lock: ${path} does not exist`, {
    hint: "give the folder of a module, with pyproject.toml in it or in its folder python; `parfocal new` makes one",
  });
}

/**
 * Writes the locks of the module in a folder: what its `pyproject.toml` asks for, pinned with hashes, for every platform that has
 * wheels of all of it. The present versions are kept where they still fit.
 *
 * @param folder module's folder: `python/pyproject.toml` or `pyproject.toml` lies in it.
 * @throws ParfocalError MODULE_INVALID when there is no pyproject.toml or it asks for what cannot be locked; LOCK_FAILED when the packages
 *   cannot be had together, with uv's explanation; ENV_UV_NOT_FOUND, ENV_PYTHON_NOT_FOUND, ENV_NETWORK, ENV_TLS, ENV_PERMISSION,
 *   OUTPUT_UNWRITABLE, CANCELLED.
 */
export async function lockModule(folder: string, options: LockOptions = {}): Promise<WrittenLock[]> {
  const { upgrade = false, settings, signal, onMessage = () => {}, onWarning = () => {} } = options;
  const root = lockableFolder(folder);
  const compiler = await createCompiler({ settings, signal, onMessage });
  try {
    return await writeLocks(root, { compiler, scale: createWheelScale(onWarning, signal), upgrade, onMessage });
  } finally {
    compiler.dispose();
  }
}
