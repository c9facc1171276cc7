import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Name of the socket that stands for a lock. The system frees it when its holder dies, however that happens. */
export function lockAddress(name: string, platform: string = process.platform): string {
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 20);
  if (platform === "win32") return `\\\\.\\pipe\\parfocal-${digest}`;
  if (platform === "linux") return `\0parfocal-${userInfo().uid}-${digest}`;
  return join(tmpdir(), `parfocal-${userInfo().uid}-${digest}.sock`);
}

/** A lock that is held: `tell` reaches everybody who waits for it. */
export interface HeldLock {
  tell(message: unknown): void;
  release(): Promise<void>;
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(null) : reject(error)));
    server.listen(address, () => resolve(server));
  });
}

/** Takes the lock, null when another process (or another call in this one) holds it. */
export async function tryLock(name: string): Promise<HeldLock | null> {
  const address = lockAddress(name);
  const server = await listen(address);
  if (!server) return null;
  server.unref();
  const waiters = new Set<Socket>();
  let latest: string = line({ pid: process.pid });
  server.on("connection", (socket) => {
    socket.unref();
    socket.on("error", () => socket.destroy());
    socket.on("close", () => waiters.delete(socket));
    waiters.add(socket);
    socket.write(latest);
  });
  return {
    tell(message) {
      latest = line({ pid: process.pid, message });
      for (const socket of waiters) socket.write(latest);
    },
    release: () =>
      new Promise((resolve) => {
        server.ref(); // the process must not end between here and the callback, with waiters still connected
        server.close(() => resolve());
        for (const socket of waiters) socket.ref().destroySoon();
      }),
  };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** How a wait ended: the holder let go or died, nobody held it any more, or the one who answers is no builder of ours. */
export type WaitEnd = "released" | "nobody" | "stranger";

/** Waits until the holder of a lock lets go, and passes on what it tells. */
export function waitForLock(
  name: string,
  onTold: (pid: number, message: unknown) => void,
  signal?: AbortSignal,
): Promise<WaitEnd> {
  const address = lockAddress(name);
  return new Promise((resolve) => {
    const socket = connect(address);
    let heard = false;
    const stranger = setTimeout(() => finish("stranger"), 5000);
    const abort = (): void => finish("released");
    const finish = (end: WaitEnd): void => {
      clearTimeout(stranger);
      signal?.removeEventListener("abort", abort);
      socket.destroy();
      resolve(end);
    };
    signal?.addEventListener("abort", abort, { once: true });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // A socket file outlives a holder that was killed; nobody answers at it.
      if (error.code === "ECONNREFUSED" && !address.startsWith("\0") && process.platform !== "win32")
        rmSync(address, { force: true });
      finish(heard ? "released" : "nobody");
    });
    createInterface({ input: socket })
      .on("line", (text) => {
        try {
          const told = JSON.parse(text) as { pid?: unknown; message?: unknown };
          if (typeof told.pid !== "number") return finish("stranger");
          heard = true;
          clearTimeout(stranger);
          onTold(told.pid, told.message);
        } catch {
          finish("stranger");
        }
      })
      .on("error", () => finish(heard ? "released" : "nobody"));
    socket.on("close", () => finish(heard ? "released" : "nobody"));
  });
}
