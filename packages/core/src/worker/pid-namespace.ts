import { readlinkSync } from "node:fs";

/** Number of the space in which process ids count; containers that share memory have different ones. "0" where unknown. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
