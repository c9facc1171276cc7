import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cachePlace, fetchRemote, type Remote } from "./fetch-remote.ts";

const content = randomBytes(3_000_000);
const half = 1_500_000;
const digest = createHash("sha256").update(content).digest("hex");

let cache: string;
let asked: (string | undefined)[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let remote: Remote;
const server = createServer((request, response) => {
  asked.push(request.headers.range);
  answer(request, response);
});

/** Sends what was asked for, as a server that knows ranges. */
function sendRest({ headers }: IncomingMessage, response: ServerResponse): void {
  const from = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
  response.end(content.subarray(from));
}

/** Sends the first half and then nothing. */
function sendHalf(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, half));
}

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), "parfocal fetch "));
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  remote = { name: "a.whl", location: `http://127.0.0.1:${port}/a.whl`, bytes: content.length, algorithm: "sha256", digest };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(cache, { recursive: true, force: true });
});

async function failure(): Promise<ParfocalError> {
  const error = await fetchRemote(remote, { cache }).then(
    () => null,
    (each: unknown) => each,
  );
  if (!(error instanceof ParfocalError)) throw new Error(`it must fail with an error of ours: ${String(error)}`);
  return error;
}

describe("fetchRemote", () => {
  test("goes on where a killed process was", async () => {
    answer = sendHalf;
    const call = `fetchRemote(${JSON.stringify(remote)}, { cache: ${JSON.stringify(cache)}, onBytes: (n) => console.log(n) })`;
    const code = `import { fetchRemote } from ${JSON.stringify(new URL("./fetch-remote.ts", import.meta.url).href)}; await ${call};`;
    const child = spawn(process.execPath, ["--conditions=@parfocal/source", "--input-type=module", "-e", code]);
    let bytes = 0;
    const ended = new Promise((resolve) => child.on("close", (_code, signal) => resolve(signal)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trim().split("\n")) bytes += Number(line);
      if (bytes === half) child.kill("SIGKILL");
    });
    expect(await ended).toBe("SIGKILL");
    expect(existsSync(cachePlace(remote, cache))).toBe(false);
    expect(statSync(`${cachePlace(remote, cache)}.part`).size).toBe(half);

    answer = sendRest;
    const place = await fetchRemote(remote, { cache });
    expect(asked).toEqual([undefined, `bytes=${half}-`]);
    expect(readFileSync(place).equals(content)).toBe(true);
    expect(readdirSync(join(place, ".."))).toEqual(["a.whl"]);
    await fetchRemote(remote, { cache });
    expect(asked, "what is here is not asked for again").toHaveLength(2);
  });

  test("goes on when the connection breaks", async () => {
    answer = (request, response) => {
      if (asked.length > 1) return sendRest(request, response);
      sendHalf(request, response);
      setImmediate(() => response.destroy());
    };
    const place = await fetchRemote(remote, { cache });
    expect(readFileSync(place).equals(content)).toBe(true);
    expect(asked.length).toBe(2);
  });

  test("takes the whole file from a server that knows no ranges", async () => {
    answer = (request, response) => {
      if (asked.length > 1) return sendRest({ ...request, headers: {} } as IncomingMessage, response);
      sendHalf(request, response);
      setImmediate(() => response.destroy());
    };
    expect(readFileSync(await fetchRemote(remote, { cache })).equals(content)).toBe(true);
  });

  test("refuses other bytes, keeps none of them", async () => {
    answer = (_request, response) => response.end(Buffer.alloc(content.length));
    const error = await failure();
    expect(error.code).toBe("ENV_HASH_MISMATCH");
    expect(error.message).toMatch(/^a\.whl is not the file that was pinned: its sha256 is [0-9a-f]{64}, must be /);
    expect(readdirSync(join(cachePlace(remote, cache), ".."))).toEqual([]);
  });

  test("refuses more bytes than were promised as they come", async () => {
    const block = Buffer.alloc(1 << 20);
    let sent = 0;
    answer = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && sent < 2 ** 31) {
          sent += block.length;
          if (!response.write(block)) return void response.once("drain", more);
        }
      };
      more();
    };
    const error = await failure();
    expect(error.message).toContain(`more than ${content.length} bytes`);
    expect(sent).toBeLessThan(2 ** 30);
  });

  test("names the server's answer", async () => {
    answer = (_request, response) => response.writeHead(403).end();
    const error = await failure();
    expect([error.code, error.message]).toEqual(["ENV_NETWORK", "a.whl could not be fetched: the server answered 403"]);
    expect(error.hint).toContain("what was fetched is kept");
  });
});
