import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Settings } from "../../src/contract/environment.ts";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import { readSettings } from "../../src/environment/settings.ts";
import type { WeightFile, WeightSet } from "../../src/module/weight-set.ts";
import { ensureSet, type ReadyFile, type WeightsOptions } from "../../src/weights/ensure-weights.ts";
import { afterTest, temporaryFolder } from "../worker/support.ts";

/** Bytes that no compression and no repetition makes equal by chance. */
export const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919 + (i >> 8) * 31) & 255));
export const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

export interface FileServer {
  readonly origin: string;
  /** Host and port as they name a folder. */
  readonly host: string;
  readonly requests: IncomingMessage[];
}

/** A real server on this machine; it is closed after the test. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<FileServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, host: `127.0.0.1_${port}`, requests };
}

/** Answers as a server of files does that knows Range and If-Range. */
export function sendBody(request: IncomingMessage, response: ServerResponse, body: Buffer, etag: string): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const condition = request.headers["if-range"];
  if (start === 0 || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { "content-length": body.length, etag }).end(body);
    return;
  }
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  response.writeHead(206, { "content-length": body.length - start, "content-range": range, etag }).end(body.subarray(start));
}

export const sendContent = (request: IncomingMessage, response: ServerResponse): void =>
  sendBody(request, response, content, '"v1"');

/** Sends half of the file, then breaks the connection. */
export function sendHalf(response: ServerResponse, headers: Record<string, string> = { etag: '"v1"' }): void {
  response.writeHead(200, { "content-length": content.length, ...headers });
  response.write(content.subarray(0, content.length / 2), () => response.destroy());
}

export const licence: WeightSet["licence"] = {
  code: "MIT",
  weights: "CC-BY-4.0",
  trainingData: "CC-BY-NC-4.0",
  redistribution: "no",
};

/** Patience of tests. */
export const timing = { answerMs: 2_000, stallMs: 2_000, retryMs: [5, 5] };

export interface Attempt {
  readonly home: string;
  readonly events: ParfocalEvent[];
  /** Fetches one file; `about` is what the module says of it. */
  fetch(url: string, about?: Partial<WeightFile>, options?: Partial<WeightsOptions>): Promise<ReadyFile>;
  eventsOf<T extends ParfocalEvent["type"]>(type: T): Extract<ParfocalEvent, { type: T }>[];
}

/** A home folder of its own. */
export function attempt(settings: Partial<Settings> = {}): Attempt {
  const home = temporaryFolder();
  const events: ParfocalEvent[] = [];
  return {
    home,
    events,
    async fetch(url, about = {}, options = {}) {
      const file = { name: "net", url, bytes: content.length, sha256: sha256Of(content), ...about };
      const [ready] = await ensureSet(
        "toy",
        { name: "nuclei", files: [file], licence },
        { settings: readSettings({ home, ...settings }), timing, onEvent: (event) => events.push(event), ...options },
      );
      return ready!;
    },
    eventsOf: <T extends ParfocalEvent["type"]>(type: T) =>
      events.filter((event): event is Extract<ParfocalEvent, { type: T }> => event.type === type),
  };
}
