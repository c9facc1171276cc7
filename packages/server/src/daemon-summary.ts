import { z } from "zod";
import { poolSummarySchema } from "./pools/pool-summary.ts";

/** What a daemon says of itself. */
export const daemonSummarySchema = z.object({
  pid: z.int(),
  version: z.string(),
  protocol: z.int(),
  http: z.string(),
  home: z.string(),
  startedAt: z.iso.datetime(),
  /** Resident memory of the daemon itself, bytes; its workers have their own. */
  memoryBytes: z.int(),
  /** Programs that are connected. */
  clients: z.int(),
  /** Results in shared memory that programs left behind which still run. */
  orphans: z.int(),
  pools: z.array(poolSummarySchema),
});
export type DaemonSummary = z.infer<typeof daemonSummarySchema>;
