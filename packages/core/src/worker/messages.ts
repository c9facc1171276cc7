import { z } from "zod";
import type { ToldError } from "../errors/told-error.ts";

/** Version of the worker protocol; host and worker refuse each other when theirs differ. */
export const protocolVersion = 1;

const count = z.int().nonnegative();

/** One array in a slot. `generation` rises each time the slot is used again; `bytes` is the data without header. */
export const slotRefSchema = z.object({
  path: z.string().min(1),
  generation: count,
  dtype: z.enum(["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]),
  shape: z.array(count).max(32),
  bytes: count,
});
export type SlotRef = z.infer<typeof slotRefSchema>;

export const readySchema = z.object({
  type: z.literal("ready"),
  protocol: z.literal(protocolVersion),
  pid: count,
  python: z.string(),
  numpy: z.string(),
  device: z.string(),
  /** Axis orders that the loaded model takes, when they are fewer than the module's. */
  axes: z.array(z.string()).nullable(),
  refine: z.boolean(),
  /** The model can take several images in one go. */
  batch: z.boolean(),
  importMs: z.number(),
  loadMs: z.number(),
});
export type ReadyMessage = z.infer<typeof readySchema>;

export const resultSchema = z.object({
  type: z.literal("result"),
  id: count,
  computeMs: z.number().nonnegative(),
  device: z.string(),
  outputs: z.record(z.string(), slotRefSchema),
  raw: z.record(z.string(), slotRefSchema).nullable(),
  info: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
});
export interface ResultMessage extends z.infer<typeof resultSchema> {
  /** What the call waited at the other side for its turn and for a process, milliseconds; from a daemon. */
  readonly queueMs?: number;
  readonly loadMs?: number;
}

/** The answer to a batch: one part for each image, in their order. */
export const resultsSchema = z.object({
  type: z.literal("results"),
  id: count,
  computeMs: z.number().nonnegative(),
  device: z.string(),
  results: z.array(
    z.object({
      outputs: z.record(z.string(), slotRefSchema),
      info: z.record(z.string(), z.unknown()),
      warnings: z.array(z.string()),
    }),
  ),
});
export interface ResultsMessage extends z.infer<typeof resultsSchema> {
  readonly queueMs?: number;
  readonly loadMs?: number;
}
export type ReplyMessage = ResultMessage | ResultsMessage;

const errorSchema = z.object({
  type: z.literal("error"),
  id: count.nullable(),
  code: z.enum([
    "MODEL_ERROR",
    "INPUT_REJECTED",
    "WEIGHTS_MISSING",
    "WEIGHTS_INVALID",
    "DEVICE_UNAVAILABLE",
    "OUT_OF_MEMORY",
    "SLOTS_FULL",
    "CANCELLED",
    "PROTOCOL_ERROR",
    "PROTOCOL_VERSION",
  ]),
  message: z.string(),
  hint: z.string().nullable(),
  pythonType: z.string(),
  traceback: z.string(),
  where: z.enum(["cpu", "gpu"]).optional(),
});
export type ErrorMessage = z.infer<typeof errorSchema>;

export const progressSchema = z.object({
  type: z.literal("progress"),
  id: count,
  done: z.int(),
  total: z.int(),
  message: z.string(),
});

const workerMessageSchemas = {
  ready: readySchema,
  result: resultSchema,
  results: resultsSchema,
  error: errorSchema,
  progress: progressSchema,
  heartbeat: z.object({ type: z.literal("heartbeat"), id: count }),
  log: z.object({ type: z.literal("log"), level: z.enum(["info", "warning"]), message: z.string() }),
};
type Schemas = typeof workerMessageSchemas;
export type WorkerMessage = { [T in keyof Schemas]: z.infer<Schemas[T]> }[keyof Schemas];

/** A call, or with null the start, that failed at a daemon, which says it in the words that its own caller would get. */
export interface FailedMessage {
  readonly type: "failed";
  readonly id: number | null;
  readonly error: ToldError;
}

/** What the host says first. The worker reads it after its imports. */
export interface HelloMessage {
  readonly type: "hello";
  readonly protocol: typeof protocolVersion;
  readonly module: { readonly name: string; readonly version: string; readonly kind: string };
  readonly packageDir: string;
  readonly cacheDir: string;
  /** Parameters of stage "load", snake_case. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Absolute paths of the weight files, by file name. */
  readonly weights: Readonly<Record<string, string>>;
  readonly device: string;
  readonly threads: number | null;
  readonly outputs: Readonly<Record<string, { readonly kind: string; readonly optional: boolean }>>;
  readonly arena: { readonly folder: string; readonly fallback: string; readonly prefix: string };
}

interface CallMessageBase {
  readonly id: number;
  readonly params: Readonly<Record<string, unknown>>;
  /** Output slots that the host has finished with. */
  readonly free: readonly string[];
  /** Where the other side watches deadlines. */
  readonly timeoutMs?: number;
}
/** What is said of an image beside its pixels. */
export interface ImageFields {
  readonly axes: string;
  readonly spatialShape: readonly number[];
  readonly pixelSize: Readonly<Record<string, number>> | null;
}
export interface RunMessage extends CallMessageBase, ImageFields {
  readonly type: "run";
  readonly image: SlotRef;
  readonly keepRaw: boolean;
}
export interface RefineMessage extends CallMessageBase, ImageFields {
  readonly type: "refine";
  readonly raw: Readonly<Record<string, SlotRef>>;
}
export interface BatchMessage extends CallMessageBase {
  readonly type: "batch";
  readonly images: readonly (ImageFields & { readonly image: SlotRef })[];
}
/** To a measurer: `image` lies over the labels' axes, with or without channels; axes and pixel size are the image's, else the labels'. */
export interface MeasureMessage extends CallMessageBase, ImageFields {
  readonly type: "measure";
  readonly labels: SlotRef;
  readonly image: SlotRef | null;
  /** Null when the labels are whole. */
  readonly window: { readonly origin: readonly number[]; readonly shape: readonly number[] } | null;
}
/** To a reader. */
export interface OpenMessage extends CallMessageBase {
  readonly type: "open";
  /** Absolute. */
  readonly path: string;
}
export interface ReadMessage extends CallMessageBase {
  readonly type: "read";
  readonly path: string;
  readonly selection: {
    readonly position: number;
    readonly t: number;
    readonly c: number;
    readonly z: number;
    /** First row and the one after the last, first column and the one after the last. */
    readonly window: readonly number[];
  };
}
/** The reader may close the file. */
export interface ForgetMessage extends CallMessageBase {
  readonly type: "forget";
  readonly path: string;
}
export type SegmenterMessage = RunMessage | RefineMessage | BatchMessage;
export type CallMessage = SegmenterMessage | MeasureMessage | OpenMessage | ReadMessage | ForgetMessage;

/** A line that breaks the protocol; `version` is set when the other side speaks another version of it. */
export class ProtocolFault extends Error {
  readonly version: unknown;
  constructor(message: string, version?: unknown) {
    super(message);
    this.version = version;
  }
}

/**
 * Makes what reads one line of another process.
 *
 * @param schemas by type
 * @returns throws a ProtocolFault that says what is wrong with the line.
 */
export function createMessageReader<S extends Readonly<Record<string, z.ZodType>>>(
  schemas: S,
): (line: string) => { [T in keyof S]: z.infer<S[T]> }[keyof S] {
  return (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new ProtocolFault(`a line is not JSON: ${shorten(line)}`);
    }
    const { type, protocol } = (value ?? {}) as { readonly type?: unknown; readonly protocol?: unknown };
    if (type === "ready" && protocol !== protocolVersion) {
      throw new ProtocolFault("the worker speaks another version of the protocol", protocol);
    }
    if (typeof type !== "string" || !Object.hasOwn(schemas, type)) {
      throw new ProtocolFault(`type: none of ${Object.keys(schemas).join(", ")} in ${shorten(line)}`);
    }
    const parsed = schemas[type]!.safeParse(value);
    if (parsed.success) return parsed.data as ReturnType<ReturnType<typeof createMessageReader<S>>>;
    const issue = parsed.error.issues[0];
    throw new ProtocolFault(`${issue?.path.join(".") || "message"}: ${issue?.message} in ${shorten(line)}`);
  };
}

/** Reads one line of the worker. */
export const readWorkerMessage = createMessageReader(workerMessageSchemas);

function shorten(line: string): string {
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
}
