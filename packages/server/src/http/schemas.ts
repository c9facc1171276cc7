import { z } from "@hono/zod-openapi";
import { dtypeNames } from "@parfocal/core";
import { daemonSummarySchema } from "../daemon-summary.ts";

const jsonObject = z
  .string()
  .max(100_000)
  .transform((text, context) => {
    try {
      return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: "custom", message: "is not a JSON object" });
      return z.NEVER;
    }
  });

/** An array in the headers of a request or an answer; its bytes are the body, C order, little-endian. */
export const arrayHeadersSchema = z.object({
  "parfocal-shape": z
    .string()
    .regex(/^\d{1,10}(,\d{1,10}){0,7}$/)
    .openapi({ description: "Lengths of the axes, separated by commas", example: "512,512" }),
  "parfocal-dtype": z.enum(dtypeNames).openapi({ description: "Type of one element", example: "uint16" }),
  "parfocal-axes": z
    .string()
    .regex(/^[tczyx]{1,8}$/)
    .openapi({ description: "One letter for each axis", example: "yx" }),
  "parfocal-pixel-size": jsonObject.optional().openapi({
    type: "string",
    description: "Size of a pixel in micrometres by axis, as JSON",
    example: '{"y":0.325,"x":0.325}',
  }),
});

export const jobQuerySchema = z.object({
  module: z.string().min(1).max(200).openapi({ description: "Name of an installed module", example: "stardist" }),
  params: jsonObject.optional().openapi({
    type: "string",
    description: "Parameters of every stage, as JSON; defaults for the others",
    example: '{"probThreshold":0.5}',
  }),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?|directml|mps)$/)
    .optional()
    .openapi({ description: "What to run on", example: "auto" }),
});

export const errorSchema = z
  .object({
    error: z.object({ code: z.string(), message: z.string(), hint: z.string(), details: z.unknown().optional() }),
  })
  .openapi("Error");

const progressSchema = z.object({ done: z.int(), total: z.int(), message: z.string() });

export const jobSchema = z
  .object({
    id: z.string(),
    module: z.string(),
    state: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
    /** The last that was heard; null before the first. */
    progress: progressSchema.nullable(),
    error: errorSchema.shape.error.nullable(),
    result: z
      .object({
        outputs: z.record(
          z.string(),
          z.object({ shape: z.array(z.int()), dtype: z.enum(dtypeNames), axes: z.string().nullable(), bytes: z.int() }),
        ),
        timing: z.record(z.string(), z.number()),
        warnings: z.array(z.string()),
        provenance: z.record(z.string(), z.unknown()),
      })
      .nullable(),
  })
  .openapi("Job");
export type JobView = z.infer<typeof jobSchema>;

export const moduleSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    manifest: z.record(z.string(), z.unknown()).openapi({ description: "As in the module's module.json" }),
  })
  .openapi("Module");

export const stateSchema = daemonSummarySchema.openapi("Daemon");
export const idSchema = z.object({ id: z.string().regex(/^[0-9a-f-]{36}$/) });
export const outputSchema = z.object({ id: idSchema.shape.id, name: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/) });
