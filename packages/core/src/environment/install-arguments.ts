import { existsSync, readdirSync } from "node:fs";
import type { Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { LockFile } from "./lock.ts";

/** True when one of the folders holds a wheel of torch with a local version. */
function hasTorchWheel(folders: readonly string[]): boolean {
  return folders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => /^torch-[^-]+\+[^-]+-.*\.whl$/.test(name)),
  );
}

/** Arguments of `uv pip install` for some locks: hashes enforced, wheels only, nothing beyond the pins. */
export function installArguments(python: string, locks: readonly LockFile[], settings: Settings): string[] {
  const backend = locks.map(({ entry }) => entry.torchBackend).find((name) => name !== null);
  return [
    ...["pip", "install", "--python", python, "--require-hashes", "--no-build", "--no-deps"],
    ...(settings.offline ? ["--offline", "--no-index"] : settings.index !== undefined ? ["--default-index", settings.index] : []),
    ...settings.wheelhouse.flatMap((folder) => ["--find-links", folder]),
    ...(backend && !settings.offline && !hasTorchWheel(settings.wheelhouse) ? ["--torch-backend", backend] : []),
    ...locks.flatMap((lock) => ["-r", lock.path]),
  ];
}

/** @throws ParfocalError USAGE when a wheel folder does not exist. */
export function checkWheelhouse(settings: Settings): void {
  for (const folder of settings.wheelhouse) {
    if (folder.includes("://") || existsSync(folder)) continue;
    throw new ParfocalError("USAGE", `the wheel folder ${folder} does not exist`, {
      hint: "correct PARFOCAL_WHEELHOUSE, or unset it",
    });
  }
}
