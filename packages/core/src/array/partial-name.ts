import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { processStart } from "../environment/process-identity.ts";

let host: string | null = null;

/** Tells this machine from others that write to the same shared folder. */
function thisHost(): string {
  host ??= createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
  return host;
}

/** What lies beside a result while it is written: what is to take its name, or what had it before. */
type PartialKind = "partial" | "replaced";

/** A name beside a path that nothing else has. */
export function partialName(path: string, kind: PartialKind): string {
  return `${path}.${thisHost()}-${process.pid}-${randomBytes(3).toString("hex")}.${kind}`;
}

/** What such a name says, if it is of a process of this machine that no longer runs; else null. */
export function readLeftover(name: string): { readonly target: string; readonly kind: PartialKind } | null {
  const [, target, of, pid, kind] = /^(.+)\.([0-9a-f]{6})-(\d+)-[0-9a-f]{6}\.(partial|replaced)$/.exec(name) ?? [];
  if (target === undefined || of !== thisHost() || processStart(Number(pid)) !== null) return null;
  return { target, kind: kind as PartialKind };
}
