import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { checkFreeSpace } from "../environment/disk.ts";
import { type LastFailure, unreachableWeights, type WeightSubject } from "./failures.ts";
import { httpGet, RequestFailure } from "./http-get.ts";
import type { PartFile } from "./part-file.ts";

/** How patient a download is. */
export interface DownloadTiming {
  /** How long the server may take to answer, milliseconds. Default 15,000. */
  readonly answerMs: number;
  /** How long it may send nothing, milliseconds. Default 30,000. */
  readonly stallMs: number;
  /** Pauses before it is tried again, milliseconds, after failures that brought nothing; when they are used up, it failed. Default 1, 2, 5 s. */
  readonly retryMs: readonly number[];
}

export const defaultTiming: DownloadTiming = { answerMs: 15_000, stallMs: 30_000, retryMs: [1000, 2000, 5000] };

export interface DownloadOptions {
  readonly timing: DownloadTiming;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (message: string, bytes: number, totalBytes: number | null) => void;
}

/** One attempt did not bring the rest of the file. */
interface AttemptFailure extends Omit<LastFailure, "attempts"> {
  readonly again: boolean;
  /** What the server asked for. */
  readonly pauseMs?: number;
}

/** The server's file is another one. */
export class WrongFile extends Error {}

/**
 * Brings the rest of a file into its part: goes on after a broken connection, starts over where the server's file has changed.
 *
 * @throws ParfocalError WEIGHTS_UNREACHABLE, ENV_NO_SPACE; WrongFile; errors of the file system; the signal's reason.
 */
export async function download(subject: WeightSubject, part: PartFile, options: DownloadOptions): Promise<void> {
  const { retryMs } = options.timing;
  let fruitless = 0;
  for (let attempts = 1; ; attempts += 1) {
    const before = part.bytes;
    const failure = await attempt(subject, part, options);
    if (failure === null) return;
    fruitless = part.bytes > before ? 0 : fruitless + 1;
    const pauseMs = failure.pauseMs ?? retryMs[Math.max(0, fruitless - 1)];
    if (!failure.again || fruitless > retryMs.length || pauseMs === undefined) {
      throw unreachableWeights(subject, { ...failure, attempts });
    }
    const text = `${failure.message}; trying again in ${pauseMs / 1000} s`;
    options.onProgress(text, part.bytes, subject.file.bytes);
    await delay(pauseMs, undefined, options.signal ? { signal: options.signal } : {});
  }
}

async function attempt(subject: WeightSubject, part: PartFile, options: DownloadOptions): Promise<AttemptFailure | null> {
  const { file, address, place } = subject;
  if (file.bytes !== null && part.bytes === file.bytes && part.bytes > 0) return null;
  let answer: IncomingMessage;
  try {
    const { answerMs } = options.timing;
    answer = await httpGet(address, { headers: rangeOf(part), answerMs, signal: options.signal });
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    return { ...error, code: error.code, message: error.message, status: null, cause: error, again: mayPass(error, part) };
  }
  try {
    const refusal = refusalOf(answer, part, file.url);
    if (refusal === "complete") return null;
    if (refusal !== null) {
      if (refusal.status === 416 || refusal.status === 206) await part.restart(null);
      return refusal;
    }
    if (answer.statusCode === 200) await part.restart(validatorOf(answer));
    const total = totalOf(answer, part);
    if (total !== null && file.bytes !== null && total !== file.bytes) {
      throw new WrongFile(`it has ${total} bytes, must have ${file.bytes}`);
    }
    if (total !== null) await checkFreeSpace(place, total - part.bytes, `the weight file ${file.name}`);
    return await receive(subject, part, answer, total, options);
  } finally {
    answer.destroy();
  }
}

function rangeOf({ bytes, validator }: PartFile): Record<string, string> {
  if (bytes === 0) return {};
  return { range: `bytes=${bytes}-`, ...(validator !== null && { "if-range": validator }) };
}

/** Only a connection that is lost or slow may come back; a name that is not known or a certificate that is not trusted does not. */
function mayPass({ code }: RequestFailure, part: PartFile): boolean {
  return part.bytes > 0 ? !/CERT|SIGNATURE|ISSUER/.test(code) : ["ECONNRESET", "ETIMEDOUT", "EPIPE"].includes(code);
}

function refusalOf(answer: IncomingMessage, part: PartFile, url: string): AttemptFailure | "complete" | null {
  const { statusCode: status = 0, headers } = answer;
  const fail = (message: string, again: boolean): AttemptFailure => ({ code: String(status), message, status, again });
  const said = `the server answered ${status}${answer.statusMessage ? ` ${answer.statusMessage}` : ""}`;
  if (status === 416) {
    const total = /\*\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
    return Number(total) === part.bytes ? "complete" : fail("the server's file is shorter than what was downloaded", true);
  }
  if (status === 206) {
    const start = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
    return Number(start) === part.bytes ? null : fail("the server sent another part of the file", true);
  }
  if (status === 200) {
    if (headers["content-encoding"] !== undefined) return fail("the server packed the file, though it was asked not to", false);
    const isPage = headers["content-type"]?.startsWith("text/html") && !/\.html?$/i.test(new URL(url).pathname);
    if (isPage) throw new WrongFile("the server gave a web page, perhaps to log in");
    return null;
  }
  const again = status >= 500 || status === 408 || status === 429;
  const wanted = Number(headers["retry-after"]);
  return { ...fail(said, again), ...(again && wanted > 0 && { pauseMs: Math.min(wanted, 30) * 1000 }) };
}

function validatorOf({ headers }: IncomingMessage): string | null {
  const { etag, "last-modified": modified } = headers;
  if (etag !== undefined && !etag.startsWith("W/")) return etag;
  return modified ?? null;
}

/** Bytes of the whole file, as the server says. */
function totalOf({ statusCode, headers }: IncomingMessage, part: PartFile): number | null {
  const length = headers["content-length"];
  return length === undefined ? null : Number(length) + (statusCode === 206 ? part.bytes : 0);
}

async function receive(
  { file }: WeightSubject,
  part: PartFile,
  answer: IncomingMessage,
  total: number | null,
  { timing, signal, onProgress }: DownloadOptions,
): Promise<AttemptFailure | null> {
  const wanted = file.bytes ?? total;
  const stalled = new Error(`nothing came for ${timing.stallMs / 1000} s`);
  const watch = setTimeout(() => answer.destroy(stalled), timing.stallMs);
  const cut = (why: string): AttemptFailure => ({
    code: "ECONNRESET",
    message: `the connection broke after ${part.bytes}${wanted === null ? "" : ` of ${wanted}`} bytes: ${why}`,
    status: null,
    again: true,
  });
  try {
    for await (const chunk of readBody(answer)) {
      if (chunk instanceof Error) {
        signal?.throwIfAborted();
        return cut(chunk.message);
      }
      watch.refresh();
      await part.append(chunk);
      if (file.bytes !== null && part.bytes > file.bytes) throw new WrongFile(`it has more than ${file.bytes} bytes`);
      onProgress("downloading", part.bytes, wanted);
    }
  } finally {
    clearTimeout(watch);
  }
  return wanted !== null && part.bytes < wanted ? cut("the server ended it") : null;
}

/** The chunks of a body, and at its end the error that broke it, so that it is not taken for one of writing the file. */
async function* readBody(answer: IncomingMessage): AsyncGenerator<Buffer | Error> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (error) {
    yield error as Error;
  }
}
