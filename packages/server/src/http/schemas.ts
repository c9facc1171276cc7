import { isAbsolute } from "node:path";
import { z } from "@hono/zod-openapi";
import { dtypeNames } from "@parfocal/core";
import { daemonSummarySchema } from "../daemon-summary.ts";

const flag = z.enum(["true", "false"]);
const absolutePath = z
  .string()
  .max(1024)
  .refine((path) => isAbsolute(path) && !path.includes("\0"), "is not an absolute path");

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

export const jobQuerySchema = z
  .object({
    module: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: "Name of an installed module; this or `folder` is given", example: "stardist" }),
    folder: absolutePath.optional().openapi({ description: "Folder of a module, absolute" }),
    from: absolutePath.optional().openapi({
      description: "Folder in which, and above which, the module is looked for first, absolute",
    }),
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
    build: flag
      .optional()
      .openapi({ description: "Build the module's environment when there is none. Default true", example: "false" }),
    drop: z
      .string()
      .max(1000)
      .regex(/^([0-9a-f-]{36}(,|$))*$/)
      .optional()
      .openapi({ description: "Ids of jobs whose results are no longer wanted, separated by commas; saves a request for each" }),
    wait: flag.optional().openapi({
      description:
        "Answer when the job is over. It is cancelled, and its result dropped, when the connection that asked for it is closed. Default false",
      example: "true",
    }),
  })
  .refine(({ module, folder }) => (module === undefined) !== (folder === undefined), "give one of `module` and `folder`");

const slotPlaceSchema = z.object({
  path: z.string().openapi({ description: "A `.npy` file that programs of this user may map" }),
  offset: z.int().openapi({ description: "Of the first element in it, bytes" }),
});

/** Memory that a client fills and that workers read without a copy. */
export const slotSchema = slotPlaceSchema
  .extend({ id: z.string(), bytes: z.int().openapi({ description: "Of the elements" }) })
  .openapi("Slot");

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
          z.object({
            shape: z.array(z.int()),
            dtype: z.enum(dtypeNames),
            axes: z.string().nullable(),
            bytes: z.int(),
            slot: slotPlaceSchema
              .nullable()
              .openapi({ description: "Where it lies until the job is dropped; null: download it" }),
          }),
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
