import { z } from "zod";

/** A pool at one moment. */
export const poolSummarySchema = z.object({
  module: z.string(),
  version: z.string(),
  folder: z.string(),
  /** Calls that are over, however they went. */
  calls: z.int(),
  /** How long nobody has used it, milliseconds; 0 while a call runs. */
  idleMs: z.int(),
  /** It is not freed for being idle. */
  kept: z.boolean(),
  /** What the model runs on; null while it starts. */
  device: z.string().nullable(),
  /** Calls that wait for their turn. */
  waiting: z.int(),
  workers: z
    .array(
      z.object({
        state: z.enum(["cold", "starting", "ready", "busy", "draining", "dead", "broken"]),
        device: z.string().nullable(),
        pid: z.int().nullable(),
        calls: z.int(),
        deaths: z.int(),
      }),
    )
    .readonly(),
});
export type PoolSummary = z.infer<typeof poolSummarySchema>;
