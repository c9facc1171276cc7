import { OpenAPIHono } from "@hono/zod-openapi";
import {
  bytesOf,
  checkImage,
  createNdArray,
  discoverModules,
  findModule,
  type Module,
  type NdArray,
  resolveParams,
  toParfocalError,
} from "@parfocal/core";
import { streamSSE } from "hono/streaming";
import type { Daemon } from "../daemon.ts";
import { openApiDocument } from "./document.ts";
import { guard } from "./guard.ts";
import type { Job, Jobs } from "./jobs.ts";
import type { HttpContext } from "./listen.ts";
import { failure, refusal } from "./refusal.ts";
import { cancelJob, getEvents, getJob, getModules, getOutput, getState, postJob } from "./routes.ts";
import { checkUpload, readUpload, type UploadSpec } from "./upload.ts";

const maxRunning = 32;
const maxUploads = 8;
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
  app.openapi(postJob, async (context) => {
    const query = context.req.valid("query");
    const headers = context.req.valid("header");
    const spec: UploadSpec = {
      shape: headers["parfocal-shape"].split(",").map(Number),
      dtype: headers["parfocal-dtype"],
      axes: headers["parfocal-axes"],
      ...(headers["parfocal-pixel-size"] !== undefined && { pixelSize: headers["parfocal-pixel-size"] }),
    };
    const module: Module = await findModule(query.module.replaceAll(/[\\/]|^\.+/g, "_"), ...moduleStarts);
    const params = resolveParams(module.manifest, query.params ?? {});
    const wrong = checkUpload(spec, context.req.header("content-length"));
    if (wrong !== null) return refusal(context, wrong.status, wrong.code, wrong.message) as never;
    checkImage({ ...createNdArray(spec.dtype, [0]), ...spec }, module.manifest);
    if (jobs.running >= maxRunning || uploads >= maxUploads) {
      return refusal(context, 429, "TOO_MANY", `${jobs.running} jobs and ${uploads} uploads are under way`) as never;
    }
    uploads += 1;
    try {
      const image = await readUpload(spec, context.req.raw.body, stallMs);
      if ("status" in image) return refusal(context, image.status, image.code, image.message) as never;
      return context.json(jobs.start(module, image, params, query.device).view(), 202);
    } finally {
      uploads -= 1;
    }
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
