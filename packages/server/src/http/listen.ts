import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Settings } from "@parfocal/core";
import type { Daemon } from "../daemon.ts";
import { createApp } from "./app.ts";
import { createJobs } from "./jobs.ts";

export interface HttpServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpContext {
  readonly settings: Settings;
  readonly moduleStarts: readonly string[];
  /** How long an upload may stand still, milliseconds. Default 30,000. */
  readonly stallMs?: number;
}

/** Listens on loopback only, at a port that the system chooses. */
export async function listenHttp(daemon: Pick<Daemon, "token" | "state">, context: HttpContext): Promise<HttpServer> {
  const jobs = createJobs(context.settings);
  const app = createApp({ ...context, daemon, jobs });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 600_000, maxHeaderSize: 16_384 },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await jobs.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}
