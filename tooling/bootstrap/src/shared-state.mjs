import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./folders.mjs";

/** State of the reference data beside the repository, as part of the cache key of every task: the hash of its list of hashes, or "absent". */
export function sharedState() {
  try {
    const list = readFileSync(join(dirname(root), "shared", "data", "SHA256SUMS"));
    return createHash("sha256").update(list).digest("hex");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return "absent";
    throw error;
  }
}
