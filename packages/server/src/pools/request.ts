import { createHash } from "node:crypto";
import { type OnEvent, readSettings } from "@parfocal/core";
import type { DaemonHello, RelayPoolOptions } from "@parfocal/core/serve";

/** A module and how its workers are to be started. */
export interface PoolRequest {
  readonly folder: string;
  readonly start: DaemonHello["start"];
  /** Requests of one identity share workers. */
  readonly identity: string;
}

export function createRequest(folder: string, start: DaemonHello["start"]): PoolRequest {
  return { folder, start, identity: identityOf(folder, start) };
}

/** Settings that only matter for building an environment are left out. */
function identityOf(folder: string, start: DaemonHello["start"]): string {
  const { params, device = "auto", profile, extraLocks, startTimeoutMs, cancelGraceMs } = start;
  const { home, threads, accelerator } = readSettings(start.settings);
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [folder, sorted, device, profile, extraLocks, startTimeoutMs, cancelGraceMs, home, threads, accelerator];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}

export function startOptionsOf({ start }: PoolRequest, onEvent: OnEvent, signal: AbortSignal): RelayPoolOptions {
  return { ...(start as RelayPoolOptions), onEvent, signal };
}
