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

/** Without what only matters for building an environment, and without deadlines: those of a start are the first program's. */
function identityOf(folder: string, start: DaemonHello["start"]): string {
  const { params, device = "auto", profile, extraLocks } = start;
  const { home, threads, accelerator } = readSettings(start.settings);
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [folder, sorted, device, profile, extraLocks, home, threads, accelerator];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}

export function startOptionsOf({ start }: PoolRequest, onEvent: OnEvent, signal: AbortSignal): RelayPoolOptions {
  return { ...(start as RelayPoolOptions), onEvent, signal };
}
