import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import {
  connectWorker,
  type Image,
  type LeasedResult,
  type Module,
  type NdArray,
  type Params,
  type Settings,
  type SlotImage,
  splitParams,
  toParfocalError,
} from "@parfocal/core";
import type { JobView } from "./schemas.ts";

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
  /** Cancels it when it is not over, and frees its memory. */
  drop(): Promise<void>;
}

export interface Jobs {
  /** Jobs that are not over. */
  readonly running: number;
  start(module: Module, image: SlotImage, params: Params, device: string | undefined): Job;
  find(id: string): Job | undefined;
  drop(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Jobs are clients of the daemon like others: an upload lies in a slot that the worker reads, a result in one that the download reads. */
export function createJobs(settings: Settings): Jobs {
  const jobs = new Map<string, Job>(); // oldest first

  async function drop(id: string): Promise<void> {
    const job = jobs.get(id);
    jobs.delete(id);
    await job?.drop();
  }
  return {
    get running() {
      return [...jobs.values()].filter(({ isOver }) => !isOver).length;
    },
    start(module, image, params, device) {
      const job = startJob(module, image, params, { settings, ...(device !== undefined && { device }) }, () => {
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
    },
  };
}

function startJob(
  module: Module,
  image: SlotImage,
  params: Params,
  options: { readonly settings: Settings; readonly device?: string },
  onOver: () => void,
): Job {
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
    await using worker = await connectWorker(module, { ...options, params: load, signal });
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
  }
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
    .finally(() => image.release());
  changes.on("change", () => {
    if (isOver()) onOver();
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
        return [name, { shape: [...shape], dtype, axes, bytes: data.byteLength }];
      }),
    ),
    timing: { ...result.timing },
    warnings: [...result.warnings],
    provenance: { ...result.provenance },
  };
}
