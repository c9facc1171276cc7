import { createHash } from "node:crypto";
import type { LockRequest } from "./pyproject.ts";

/** Arguments of every compile; they are part of the hash, so that a lock written in another way counts as drifted. */
export const compileArguments = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-build"] as const;

/**
 * Hash of all that decides what goes into a lock: the requirements of this lock and, for one that is installed on top of others, of those,
 * the Python version and the compile arguments. Order of requirements does not matter.
 */
export function inputsSha256(request: LockRequest, all: readonly LockRequest[], pythonMinor: string): string {
  const below =
    request.accelerator === null ? all.filter((other) => other.profile === request.profile && other.accelerator !== null) : [];
  const sorted = (list: readonly string[] | null): string[] | null => (list === null ? null : [...list].sort());
  const inputs = {
    python: pythonMinor,
    arguments: compileArguments,
    requirements: sorted(request.requirements),
    platforms: sorted(request.platforms),
    torchBackend: request.torchBackend,
    below: below.map((other) => [other.name, sorted(other.requirements)]),
  };
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}
