import { z } from "zod";
import type { Environment } from "../contract/environment.ts";
import type { ParfocalEvent } from "../contract/events.ts";
import { stampSchema } from "../environment/stamp.ts";
import { toldErrorSchema } from "../errors/told-error.ts";
import { accelerators } from "../module/manifest.ts";
import {
  createMessageReader,
  progressSchema,
  readySchema,
  resultSchema,
  resultsSchema,
  slotRefSchema,
} from "../worker/messages.ts";

/** Version of what clients and the daemon say to each other; each refuses the other's when they differ. */
export const daemonProtocolVersion = 1;

const count = z.int().nonnegative();
const text = z.string().max(4096);
const paths = z.array(text).max(10_000);
const params = z.record(z.string(), z.unknown());

const openingSchema = { protocol: z.number(), token: z.string(), pid: count };

const imageSchema = {
  axes: z.string().max(32),
  spatialShape: z.array(count).max(32),
  pixelSize: z.record(z.string(), z.number()).nullable(),
};
const callSchema = {
  id: count,
  params,
  free: paths,
  timeoutMs: z.number().positive().optional(),
};

/** What a client says, by type. */
export const clientMessageSchemas = {
  /** First: the module that this connection is for. */
  hello: z.object({
    type: z.literal("hello"),
    ...openingSchema,
    module: z.object({ folder: text, version: text }),
    start: z.object({
      params,
      device: text.optional(),
      profile: text.optional(),
      extraLocks: z.array(text).optional(),
      settings: z.record(z.string(), z.unknown()),
      startTimeoutMs: z.number().positive().optional(),
      cancelGraceMs: z.number().nonnegative().optional(),
      build: z.boolean().optional(),
    }),
  }),
  /** First and only: asks the daemon about itself, or tells it to end. */
  control: z.object({ type: z.literal("control"), ...openingSchema, action: z.enum(["state", "stop", "kill"]) }),
  run: z.object({ type: z.literal("run"), ...callSchema, ...imageSchema, image: slotRefSchema, keepRaw: z.boolean() }),
  refine: z.object({ type: z.literal("refine"), ...callSchema, ...imageSchema, raw: z.record(z.string(), slotRefSchema) }),
  batch: z.object({
    type: z.literal("batch"),
    ...callSchema,
    images: z
      .array(z.object({ ...imageSchema, image: slotRefSchema }))
      .min(1)
      .max(1024),
  }),
  measure: z.object({
    type: z.literal("measure"),
    ...callSchema,
    ...imageSchema,
    labels: slotRefSchema,
    image: slotRefSchema.nullable(),
    window: z.object({ origin: z.array(count).max(32), shape: z.array(count).max(32) }).nullable(),
  }),
  open: z.object({ type: z.literal("open"), ...callSchema, path: text }),
  read: z.object({
    type: z.literal("read"),
    ...callSchema,
    path: text,
    selection: z.object({ position: count, t: count, c: count, z: count, window: z.array(count).length(4) }),
  }),
  forget: z.object({ type: z.literal("forget"), ...callSchema, path: text }),
  cancel: z.object({ type: z.literal("cancel"), id: count }),
  /** Slots of results that the client has finished with. */
  free: z.object({ type: z.literal("free"), paths }),
  close: z.object({ type: z.literal("close") }),
};
type ClientSchemas = typeof clientMessageSchemas;
export type ClientMessage = { [T in keyof ClientSchemas]: z.infer<ClientSchemas[T]> }[keyof ClientSchemas];
export type DaemonHello = z.infer<ClientSchemas["hello"]>;

const environmentSchema = z.object({
  key: z.string(),
  folder: z.string(),
  python: z.string(),
  sitePackages: z.string(),
  stamp: stampSchema,
  choice: z.object({ accelerator: z.enum(accelerators), device: z.string(), reason: z.string() }),
}) satisfies z.ZodType<Environment>;

/** Where the results that follow are made. */
const originSchema = z.object({
  version: z.string(),
  environment: environmentSchema,
  weights: z.array(z.object({ name: z.string(), file: z.string(), sha256: z.string() })),
  pid: count,
  logPath: z.string().nullable(),
});
export type DaemonOrigin = z.infer<typeof originSchema>;

/** What the daemon says, by type. */
export const daemonMessageSchemas = {
  ready: readySchema.extend({
    origin: originSchema,
    /** Where the daemon's workers make their slots. */
    arena: z.object({ folder: z.string(), fallback: z.string() }),
  }),
  origin: z.object({ type: z.literal("origin"), origin: originSchema }),
  result: resultSchema.extend({ queueMs: z.number(), loadMs: z.number() }),
  results: resultsSchema.extend({ queueMs: z.number(), loadMs: z.number() }),
  failed: z.object({ type: z.literal("failed"), id: count.nullable(), error: toldErrorSchema }),
  progress: progressSchema,
  event: z.object({ type: z.literal("event"), event: z.custom<ParfocalEvent>((value) => typeof value === "object") }),
  state: z.object({ type: z.literal("state"), state: z.unknown() }),
};
type DaemonSchemas = typeof daemonMessageSchemas;
export type DaemonMessage = { [T in keyof DaemonSchemas]: z.infer<DaemonSchemas[T]> }[keyof DaemonSchemas];

/** @throws ProtocolFault */
export const readClientMessage = createMessageReader(clientMessageSchemas);
/** @throws ProtocolFault */
export const readDaemonMessage = createMessageReader(daemonMessageSchemas);
