import { OpenAPIHono } from "@hono/zod-openapi";
import {
  bytesOf,
  checkImage,
  createNdArray,
  discoverModules,
  type NdArray,
  type SlotImage,
  toParfocalError,
} from "@parfocal/core";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Daemon } from "../daemon.ts";
import { chooseModule } from "./choose-module.ts";
import { openApiDocument } from "./document.ts";
import { guard } from "./guard.ts";
import { onHangUp } from "./hang-up.ts";
import type { Job, JobRequest, Jobs } from "./jobs.ts";
import { createKnownModules } from "./known-modules.ts";
import type { HttpContext } from "./listen.ts";
import { failure, refusal } from "./refusal.ts";
import {
  cancelJob,
  dropSlot,
  getEvents,
  getJob,
  getModules,
  getOutput,
  getState,
  postJob,
  postSlot,
  postSlotJob,
} from "./routes.ts";
import { createSlots } from "./slots.ts";
import { checkSpec, checkUpload, readUpload, specOf } from "./upload.ts";

const maxRunning = 32;
const maxUploads = 8;
const maxSlots = 64;
const defaultGraceMs = 2_000;
/** Of a job whose client waits for it: whoever hangs up wants the model for something else. */
const waitingGraceMs = 500;
const downloadChunkBytes = 2 ** 20;

export interface AppOptions extends HttpContext {
  readonly daemon: Pick<Daemon, "token" | "state">;
  readonly jobs: Jobs;
}

/** The HTTP API. Every answer that is no result is `{ error: { code, message, hint } }`. */
export function createApp({ daemon, jobs, moduleStarts, stallMs = 30_000 }: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result, context) {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      return refusal(context, 400, "REQUEST_INVALID", `${issue?.path.join(".") || "request"}: ${issue?.message}`);
    },
  });
  let uploads = 0;
  const slots = createSlots();
  const modules = createKnownModules();
  app.onError((error, context) => failure(context, toParfocalError(error)));
  app.notFound((context) => refusal(context, 404, "NOT_FOUND", `there is no ${context.req.method} ${context.req.path}`));
  app.use("*", guard(daemon.token));
  app.get("/v1/openapi.json", (context) => context.json(openApiDocument()));

  app.openapi(getState, (context) => context.json(daemon.state(), 200));
  app.openapi(getModules, async (context) => {
    const modules = await discoverModules(...moduleStarts);
    return context.json(
      modules.map(({ name, version, manifest }) => ({ name, version, manifest })),
      200,
    ) as never;
  });
  function dropJobs(ids = ""): void {
    for (const id of ids.split(",")) if (id !== "") void jobs.drop(id);
  }
  const tooMany = (context: Context) =>
    refusal(
      context,
      429,
      "TOO_MANY",
      `${jobs.running} jobs and ${uploads} uploads are under way, ${slots.size} slots are in use`,
    );

  /** Starts a job and answers: at once, or with `wait` when it is over. */
  async function answerJob(context: Context, request: Omit<JobRequest, "cancelGraceMs">, waits: boolean): Promise<Response> {
    const job = jobs.start({ ...request, cancelGraceMs: waits ? waitingGraceMs : defaultGraceMs });
    if (!waits) return context.json(job.view(), 202);
    void job.dropped.then(onHangUp(context, () => void jobs.drop(job.id)));
    await job.over;
    return context.json(job.view(), 200);
  }
  app.openapi(postJob, async (context) => {
    const query = context.req.valid("query");
    dropJobs(query.drop);
    const spec = specOf(context.req.valid("header"));
    const chosen = await chooseModule(query, moduleStarts, modules);
    const wrong = checkUpload(spec, context.req.header("content-length"));
    if (wrong !== null) return refusal(context, wrong.status, wrong.code, wrong.message) as never;
    checkImage({ ...createNdArray(spec.dtype, [0]), ...spec }, chosen.module.manifest);
    if (jobs.running >= maxRunning || uploads >= maxUploads) return tooMany(context) as never;
    uploads += 1;
    let image: SlotImage;
    try {
      const read = await readUpload(spec, context.req.raw.body, stallMs);
      if ("status" in read) return refusal(context, read.status, read.code, read.message) as never;
      image = read;
    } finally {
      uploads -= 1;
    }
    return (await answerJob(context, { ...chosen, image, onImageRead: () => image.release() }, query.wait === "true")) as never;
  });
  app.openapi(postSlot, (context) => {
    const spec = specOf(context.req.valid("header"));
    const wrong = checkSpec(spec);
    if (wrong !== null) return refusal(context, wrong.status, wrong.code, wrong.message) as never;
    if (slots.size >= maxSlots) return tooMany(context) as never;
    const slot = slots.add(spec);
    if (slot === null) return refusal(context, 501, "NOT_MAPPED", "slots are plain files on this system") as never;
    slots.onDrop(
      slot.id,
      onHangUp(context, () => slots.drop(slot.id)),
    );
    return context.json(slot, 201);
  });
  app.openapi(postSlotJob, async (context) => {
    const query = context.req.valid("query");
    dropJobs(query.drop);
    const image = slots.find(context.req.valid("param").id);
    if (image === undefined) return gone(context) as never;
    const chosen = await chooseModule(query, moduleStarts, modules);
    checkImage({ ...createNdArray(image.dtype, [0]), shape: image.shape, axes: image.axes }, chosen.module.manifest);
    if (jobs.running >= maxRunning) return tooMany(context) as never;
    return (await answerJob(context, { ...chosen, image, onImageRead: () => {} }, query.wait === "true")) as never;
  });
  app.openapi(dropSlot, (context) => {
    const { id } = context.req.valid("param");
    if (slots.find(id) === undefined) return gone(context) as never;
    slots.drop(id);
    return context.body(null, 204);
  });
  app.openapi(getJob, (context) => {
    const job = jobs.find(context.req.valid("param").id);
    return job === undefined ? (gone(context) as never) : context.json(job.view(), 200);
  });
  app.openapi(getEvents, (context) => {
    const job = jobs.find(context.req.valid("param").id);
    return (job === undefined ? gone(context) : streamSSE(context, (stream) => tellChanges(job, stream))) as never;
  });
  app.openapi(getOutput, (context) => {
    const { id, name } = context.req.valid("param");
    const array = jobs.find(id)?.output(name) ?? null;
    return (array === null ? gone(context) : arrayResponse(array)) as never;
  });
  app.openapi(cancelJob, async (context) => {
    const { id } = context.req.valid("param");
    if (jobs.find(id) === undefined) return gone(context) as never;
    await jobs.drop(id);
    return context.body(null, 204);
  });
  return app;
}

const gone = (context: Parameters<typeof refusal>[0]): Response =>
  refusal(context, 404, "NOT_FOUND", `there is nothing at ${context.req.path}`);

async function tellChanges(
  job: Job,
  stream: { readonly aborted: boolean; onAbort(listener: () => void): void; writeSSE(message: object): Promise<void> },
): Promise<void> {
  let wake = () => {};
  const unwatch = job.watch(() => wake());
  stream.onAbort(() => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const view = job.view();
      await stream.writeSSE({ event: "job", data: JSON.stringify(view) });
      if (job.isOver || stream.aborted) return;
      await changed;
    }
  } finally {
    unwatch();
  }
}

/** In pieces, so that nothing of a large result is copied before it is sent. */
function arrayResponse(array: NdArray & { readonly axes?: string }): Response {
  const bytes = bytesOf(array);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = bytes.slice(sent, sent + downloadChunkBytes);
      sent += piece.byteLength;
      if (piece.byteLength > 0) controller.enqueue(piece);
      if (sent >= bytes.byteLength) controller.close();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(bytes.byteLength),
      "parfocal-shape": array.shape.join(","),
      "parfocal-dtype": array.dtype,
      ...(array.axes !== undefined && { "parfocal-axes": array.axes }),
      "cache-control": "no-store",
    },
  });
}
