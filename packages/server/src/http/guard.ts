import type { MiddlewareHandler } from "hono";
import { isSameToken } from "../token.ts";
import { refusal } from "./refusal.ts";

const hostPattern = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const bodyTypes = new Set(["application/octet-stream", "application/json"]);

/**
 * Lets through only who knows the token and came to us by our own name: a page of another site that a browser shows can neither set the
 * header nor pass as us by a name that resolves to this machine.
 */
export function guard(token: string): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const host = req.header("host") ?? "";
    const origin = req.header("origin");
    if (!hostPattern.test(host)) return refusal(context, 403, "FOREIGN_HOST", `the host "${host}" is not this daemon`);
    if (origin !== undefined && origin !== `http://${host}`) {
      return refusal(context, 403, "FOREIGN_ORIGIN", `pages of ${origin} may not use this daemon`);
    }
    const [scheme, given = ""] = (req.header("authorization") ?? "").split(" ");
    if (scheme !== "Bearer" || !isSameToken(given, token)) {
      return refusal(context, 401, "UNAUTHORIZED", "the token is missing or not the one of this daemon");
    }
    const type = (req.header("content-type") ?? "").split(";")[0]!.trim();
    if (req.method === "POST" && !bodyTypes.has(type)) {
      return refusal(context, 415, "UNSUPPORTED_BODY", `a body of type "${type}" is not taken`);
    }
    return next();
  };
}
