import type { ErrorCode, ParfocalError } from "@parfocal/core";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Next steps for what only HTTP can get wrong. */
const hints = {
  FOREIGN_HOST: "ask at 127.0.0.1 or localhost",
  FOREIGN_ORIGIN: "open the page from the daemon itself",
  UNAUTHORIZED:
    "send `Authorization: Bearer TOKEN`; the token is in daemon.json in the daemon's folder (`parfocal daemon status`)",
  UNSUPPORTED_BODY: "send the pixels as application/octet-stream",
  LENGTH_REQUIRED: "send the length of the body in Content-Length",
  LENGTH_WRONG: "send as many bytes as shape and dtype say",
  TOO_LARGE: "send a smaller image, or use a library, whose images do not travel by HTTP",
  TOO_MANY: "wait for an upload or a job to end",
  NOT_MAPPED: "send the pixels in the body of POST /v1/jobs",
  TOO_SLOW: "send the body without pauses",
  NOT_FOUND: "the ids of jobs and slots are in the answers to POST; results are kept for some minutes",
  REQUEST_INVALID: "compare the request with GET /v1/openapi.json",
} as const;
export type RefusalCode = keyof typeof hints;

/** An error in the shape that all answers of the API have. */
export function refusal(context: Context, status: ContentfulStatusCode, code: RefusalCode, message: string): Response {
  return context.json({ error: { code, message, hint: hints[code] } }, status);
}

const statuses: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  USAGE: 400,
  PARAMS_INVALID: 400,
  INPUT_REJECTED: 400,
  MODULE_NOT_FOUND: 404,
  MODULE_AMBIGUOUS: 409,
  INPUT_QUARANTINED: 409,
  BUSY: 429,
  SLOTS_FULL: 507,
};

/** An error of ours as an answer. */
export function failure(context: Context, { code, message, hint, details }: ParfocalError): Response {
  return context.json({ error: { code, message, hint, details } }, statuses[code] ?? 500);
}
