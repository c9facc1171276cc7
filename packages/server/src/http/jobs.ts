import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import {
  type Image,
  type LeasedResult,
  type Module,
  type NdArray,
  type Params,
  type Settings,
  splitParams,
  toParfocalError,
} from "@parfocal/core";
import { slotPlaceOf } from "@parfocal/core/serve";
import type { JobView } from "./schemas.ts";
import { createWarmClients, type WarmClients } from "./warm-clients.ts";

/** How long a result is kept for whoever asked, milliseconds. */
const keptMs = 600_000;
const keptJobs = 200;

/** An image that is being segmented, or was. */
export interface Job {
  readonly id: string;
  view(): JobView;
  /** An array of its result; null when there is none of that name. */
  output(name: string): NdArray | null;
  /** Calls back at every change, until the job is over. @returns what stops that. */
  watch(onChange: () => void): () => void;
  readonly isOver: boolean;
  /** Resolves when it is. */
  readonly over: Promise<void>;
  /** Resolves when nobody wants it any more. */
  readonly dropped: Promise<void>;
  /** Cancels it when it is not over, and frees its memory. */
  drop(): Promise<void>;
}

export interface JobRequest {
  readonly module: Module;
  readonly image: Image;
  /** Of every stage. */
  readonly params: Params;
  readonly device: string | undefined;
  /** Whether an environment that is missing is built. */
  readonly build: boolean;
  /** How long the call may take to stop by itself when it is cancelled, milliseconds. */
  readonly cancelGraceMs: number;
  /** The image is no longer read. */
  readonly onImageRead: () => void;
}

export interface Jobs {
  /** Jobs that are not over. */
  readonly running: number;
  start(request: JobRequest): Job;
  find(id: string): Job | undefined;
  drop(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Jobs are clients of the daemon like others: an upload lies in a slot that the worker reads, a result in one that the download reads. */
export function createJobs(settings: Settings): Jobs {
  const jobs = new Map<string, Job>(); // oldest first
  const clients = createWarmClients();

  async function drop(id: string): Promise<void> {
    const job = jobs.get(id);
    jobs.delete(id);
    await job?.drop();
  }
  return {
    get running() {
      return [...jobs.values()].filter(({ isOver }) => !isOver).length;
    },
    start(request) {
      const job = startJob(request, settings, clients, () => {
        setTimeout(() => void drop(job.id), keptMs).unref();
        const over = [...jobs.values()].filter(({ isOver }) => isOver);
        for (const { id } of over.slice(0, -keptJobs)) void drop(id);
      });
      jobs.set(job.id, job);
      return job;
    },
    find: (id) => jobs.get(id),
    drop,
    async close() {
      await Promise.all([...jobs.keys()].map(drop));
      await clients.close();
    },
  };
}

function startJob(request: JobRequest, settings: Settings, clients: WarmClients, onOver: () => void): Job {
  const { module, image, params, device, build, cancelGraceMs, onImageRead } = request;
  const id = randomUUID();
  const stop = new AbortController();
  const changes = new EventEmitter();
  let state: JobView["state"] = "waiting";
  let progress: JobView["progress"] = null;
  let error: JobView["error"] = null;
  let result: LeasedResult | null = null;
  let summary: JobView["result"] = null;

  function change(next: JobView["state"]): void {
    state = next;
    changes.emit("change");
  }
  async function run(): Promise<void> {
    const { load, call } = splitParams(module.manifest, params);
    const { signal } = stop;
    // what must not be built must not be downloaded either
    const options = {
      settings: build ? settings : { ...settings, offline: true },
      build,
      cancelGraceMs,
      ...(device !== undefined && { device }),
    };
    const worker = await clients.take(module, load, { ...options, signal });
    try {
      change("running");
      const made = await worker.run(image, call, {
        lease: true,
        signal,
        onProgress(now) {
          progress = now;
          changes.emit("change");
        },
      });
      result = made;
      summary = summarize(made, module);
      change("done");
      await dropped; // the connection holds the result's memory
      made.release();
      result = null;
    } catch (error) {
      await worker.close();
      throw error;
    }
    clients.giveBack(module, load, options, worker);
  }
  let tellOver = () => {};
  const over = new Promise<void>((resolve) => {
    tellOver = resolve;
  });
  let tellDropped = () => {};
  const dropped = new Promise<void>((resolve) => {
    tellDropped = resolve;
  });
  const isOver = () => state !== "waiting" && state !== "running";
  const ended = run()
    .catch((thrown: unknown) => {
      const { code, message, hint, details } = toParfocalError(thrown);
      error = { code, message, hint, details };
      change(code === "CANCELLED" ? "cancelled" : "failed");
    })
    .finally(onImageRead);
  changes.on("change", () => {
    if (!isOver()) return;
    onOver();
    tellOver();
  });
  return {
    id,
    view: () => ({ id, module: module.name, state, progress, error, result: summary }),
    output(name) {
      return summary !== null && Object.hasOwn(summary.outputs, name) && result !== null
        ? (result as unknown as Record<string, NdArray>)[name]!
        : null;
    },
    watch(onChange) {
      changes.on("change", onChange);
      return () => changes.off("change", onChange);
    },
    get isOver() {
      return isOver();
    },
    over,
    dropped,
    async drop() {
      stop.abort();
      tellDropped();
      await ended;
    },
  };
}

function summarize(result: LeasedResult, { manifest }: Module): NonNullable<JobView["result"]> {
  const arrays = result as unknown as Record<string, NdArray & Partial<Image>>;
  const outputs = Object.keys(manifest.outputs).filter((name) => name in arrays);
  return {
    outputs: Object.fromEntries(
      outputs.map((name) => {
        const { shape, dtype, axes = null, data } = arrays[name]!;
        const slot = slotPlaceOf({ data });
        return [name, { shape: [...shape], dtype, axes, bytes: data.byteLength, slot }];
      }),
    ),
    timing: { ...result.timing },
    warnings: [...result.warnings],
    provenance: { ...result.provenance },
  };
}
