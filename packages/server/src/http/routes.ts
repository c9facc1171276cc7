import { createRoute, z } from "@hono/zod-openapi";
import {
  arrayHeadersSchema,
  errorSchema,
  idSchema,
  jobQuerySchema,
  jobSchema,
  moduleSchema,
  outputSchema,
  slotSchema,
  stateSchema,
} from "./schemas.ts";

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const refused = json(errorSchema, "What failed, why, and one next step");
const security = [{ token: [] }];
const common = { 401: refused, 403: refused };

export const getState = createRoute({
  method: "get",
  path: "/v1/state",
  summary: "The daemon, its models and its workers",
  security,
  responses: { 200: json(stateSchema, "As it is now"), ...common },
});

export const getModules = createRoute({
  method: "get",
  path: "/v1/modules",
  summary: "Installed modules",
  security,
  responses: { 200: json(z.array(moduleSchema), "Sorted by name"), ...common },
});

export const postJob = createRoute({
  method: "post",
  path: "/v1/jobs",
  summary: "Segment an image",
  description:
    "The body is the image's data. The answer comes as soon as the image is here, and the job goes on; with `wait` when it is over.",
  security,
  request: {
    query: jobQuerySchema,
    headers: arrayHeadersSchema,
    body: {
      required: true,
      content: { "application/octet-stream": { schema: z.string().openapi({ type: "string", format: "binary" }) } },
    },
  },
  responses: {
    200: json(jobSchema, "The job, which is over"),
    202: json(jobSchema, "The job"),
    400: refused,
    404: refused,
    408: refused,
    411: refused,
    413: refused,
    415: refused,
    429: refused,
    507: refused,
    ...common,
  },
});

export const postSlot = createRoute({
  method: "post",
  path: "/v1/slots",
  summary: "Get memory for an image",
  description:
    "For programs on this machine: what they write there is segmented without being sent. It can be used for one image after another, and is gone with the connection that asked for it.",
  security,
  request: { headers: arrayHeadersSchema },
  responses: {
    201: json(slotSchema, "The memory"),
    400: refused,
    413: refused,
    429: refused,
    501: refused,
    507: refused,
    ...common,
  },
});

export const postSlotJob = createRoute({
  method: "post",
  path: "/v1/slots/{id}/jobs",
  summary: "Segment the image in a slot",
  security,
  request: { params: idSchema, query: jobQuerySchema },
  responses: {
    200: json(jobSchema, "The job, which is over"),
    202: json(jobSchema, "The job"),
    400: refused,
    404: refused,
    429: refused,
    ...common,
  },
});

export const dropSlot = createRoute({
  method: "delete",
  path: "/v1/slots/{id}",
  summary: "Give memory back",
  security,
  request: { params: idSchema },
  responses: { 204: { description: "It is free" }, 404: refused, ...common },
});

export const getJob = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  summary: "A job",
  security,
  request: { params: idSchema },
  responses: { 200: json(jobSchema, "As it is now"), 404: refused, ...common },
});

export const getEvents = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/events",
  summary: "A job's changes as server-sent events",
  description: "Each event is called `job` and holds the job as JSON: at once, at every change, and last when it is over.",
  security,
  request: { params: idSchema },
  responses: {
    200: { description: "Ends with the job", content: { "text/event-stream": { schema: z.string() } } },
    404: refused,
    ...common,
  },
});

export const getOutput = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/outputs/{name}",
  summary: "An array of a result",
  description: "Raw bytes, C order, little-endian; shape, dtype and axes are in headers.",
  security,
  request: { params: outputSchema },
  responses: {
    200: {
      description: "The array",
      content: { "application/octet-stream": { schema: z.string().openapi({ type: "string", format: "binary" }) } },
    },
    404: refused,
    ...common,
  },
});

export const cancelJob = createRoute({
  method: "delete",
  path: "/v1/jobs/{id}",
  summary: "Cancel a job, or drop its result",
  security,
  request: { params: idSchema },
  responses: { 204: { description: "It is gone, and its memory is free" }, 404: refused, ...common },
});

/** Every route, in the order of the document. */
export const routes = [
  getState,
  getModules,
  postJob,
  getJob,
  cancelJob,
  getEvents,
  getOutput,
  postSlot,
  postSlotJob,
  dropSlot,
] as const;
