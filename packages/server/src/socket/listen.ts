import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Daemon } from "../daemon.ts";
import { serveConnection } from "./connection.ts";

const hangUpMs = 500;

export interface SocketServer {
  clients(): number;
  /** Hangs up on everybody. */
  close(): Promise<void>;
}

/** Listens for clients. Whoever calls holds the lock of this home, so that a socket that is there is a dead daemon's. */
export function listenSocket(path: string, daemon: Daemon): Promise<SocketServer> {
  const isPipe = path.startsWith("\\\\");
  if (!isPipe) rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serveConnection(socket, daemon);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      if (!isPipe) chmodSync(path, 0o600);
      resolve({
        clients: () => sockets.size,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of sockets) {
              socket.destroySoon();
              setTimeout(() => socket.destroy(), hangUpMs).unref(); // one that does not read what it was sent
            }
          }),
      });
    });
  });
}
