import { createHash } from "node:crypto";
import { hostname } from "node:os";

/** Six characters that stand for this machine in file names: a home folder may be shared by several, each with process ids of its own. */
export function hostDigest(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
}
