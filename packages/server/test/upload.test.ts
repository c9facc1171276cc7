import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { readSettings } from "@parfocal/core";
import { acquireArena } from "@parfocal/core/serve";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { listenHttp } from "../src/http/listen.ts";
import { createToken } from "../src/token.ts";
import { afterTest, modulesHere, startTestDaemon, temporaryHome, until } from "./support.ts";

interface Upload {
  readonly socket: Socket;
  /** What the server says until it hangs up. */
  readonly answer: Promise<string>;
}

/** Begins to post an image of `height` x `width` uint16, which says that its body has `bytes` bytes. */
function beginUpload(url: string, token: string, [height, width]: readonly [number, number], bytes: number): Upload {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  afterTest(() => socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  socket.on("error", () => {}); // a server that refuses may hang up while we still send
  const answer = new Promise<string>((resolve) => {
    for (const event of ["end", "close"]) socket.on(event, () => resolve(text));
  });
  const lines = [
    "POST /v1/jobs?module=threshold HTTP/1.1",
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    "connection: close",
    "content-type: application/octet-stream",
    `content-length: ${bytes}`,
    `parfocal-shape: ${height},${width}`,
    "parfocal-dtype: uint16",
    "parfocal-axes: yx",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return { socket, answer };
}

const zeros = Buffer.alloc(2 ** 20);

/** Sends zeros until the server hangs up, at most so many. @returns the bytes that it took */
async function pour(socket: Socket, bytes: number): Promise<number> {
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    for (const event of ["end", "close"]) {
      socket.once(event, () => {
        isOver = true;
        resolve();
      });
    }
  });
  let sent = 0;
  for (; sent < bytes && !isOver; sent += zeros.length) {
    if (!socket.write(zeros)) await Promise.race([over, new Promise<void>((resolve) => socket.once("drain", resolve))]);
  }
  return sent;
}

/** Memory that a process has to itself, bytes: not slots, which are shared. */
function ownMemory(pid: number): number {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) * 1024;
}

describe("an upload", () => {
  test("that stands still is given up, and nothing of it is kept", async () => {
    const { arena, release } = acquireArena();
    afterTest(release);
    const before = readdirSync(arena.folder);
    const token = createToken();
    const server = await listenHttp({ token, state: () => expect.unreachable() } as never, {
      settings: readSettings({ home: temporaryHome() }),
      moduleStarts: [modulesHere],
      stallMs: 200,
    });
    afterTest(() => server.close());
    const { socket, answer } = beginUpload(server.url, token, [1024, 1024], 2 ** 21);
    socket.write(zeros);
    expect(await answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"TOO_SLOW","message":"nothing came for 0.2 s"/);
    expect(readdirSync(arena.folder)).toEqual(before);
    fault("Daemon", "HTTP: an upload stands still", "408 TOO_SLOW after 30 s; its memory is free again");
  });

  test.skipIf(process.platform !== "linux")("of 2 GB of zeros that no image takes is refused before it is read", async () => {
    const { daemon } = await startTestDaemon();
    const before = ownMemory(daemon.pid);
    const { socket, answer } = beginUpload(daemon.http, daemon.token, [64, 64], 2 ** 31);
    expect(await pour(socket, 2 ** 31)).toBeLessThan(2 ** 27);
    expect(await answer).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"LENGTH_WRONG"/);
    expect(ownMemory(daemon.pid) - before).toBeLessThan(2 ** 26);
    fault("Daemon", "HTTP: 2 GB of zeros for a small image", "400 LENGTH_WRONG before they are read");
  });

  test.skipIf(process.platform !== "linux")("of 2 GB goes straight to its slot, which is free when it is cut off", async () => {
    const { daemon } = await startTestDaemon();
    const before = ownMemory(daemon.pid);
    const { socket } = beginUpload(daemon.http, daemon.token, [2 ** 15, 2 ** 15], 2 ** 31);
    expect(await pour(socket, 2 ** 30)).toBe(2 ** 30);
    const slots = () => {
      const folders = readdirSync("/dev/shm").filter((name) => name.includes(`-${daemon.pid}-`));
      return folders.flatMap((folder) => readdirSync(`/dev/shm/${folder}`));
    };
    expect(ownMemory(daemon.pid) - before).toBeLessThan(2 ** 27);
    const during = slots().length;
    socket.destroy();
    await until("its slot is gone", () => slots().length < during);
    fault("Daemon", "HTTP: an image of 2 GB is cut off half-way", "its memory is free; the daemon itself holds none of it");
  });

  test("of a picture in place of its pixels is refused by its length", async () => {
    const { daemon } = await startTestDaemon();
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
      "base64",
    );
    const { socket, answer } = beginUpload(daemon.http, daemon.token, [30_000, 30_000], png.length);
    socket.write(png);
    expect(await answer).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"LENGTH_WRONG"/);
    fault(
      "Daemon",
      "HTTP: a picture file, which may be a bomb, in place of pixels",
      "400 LENGTH_WRONG; pictures are not decoded",
    );
  });
});
