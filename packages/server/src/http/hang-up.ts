import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

const callbacks = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back when the connection that a request came by is closed, by whichever side.
 *
 * @returns what takes that back: a connection may live for thousands of requests.
 */
export function onHangUp({ env }: Context, callback: () => void): () => void {
  const { socket } = (env as HttpBindings).incoming;
  if (socket.destroyed) {
    callback();
    return () => {};
  }
  const waiting = callbacks.get(socket) ?? new Set();
  if (!callbacks.has(socket)) {
    callbacks.set(socket, waiting);
    socket.once("close", () => {
      for (const each of waiting) each();
    });
  }
  waiting.add(callback);
  return () => waiting.delete(callback);
}
