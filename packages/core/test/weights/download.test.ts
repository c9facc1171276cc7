import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import { partPaths } from "../../src/weights/part-file.ts";
import { afterTest, failure, temporaryFolder } from "../worker/support.ts";
import { attempt, content, licence, sendBody, sendContent, sendHalf, serve, sha256Of, timing } from "./support.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe("a download", () => {
  test("lies whole and recorded at the place that its address names, and is not fetched again", async () => {
    const server = await serve(sendContent);
    const { fetch, events, eventsOf, home } = attempt();
    const ready = await fetch(`${server.origin}/models/net.pt?version=2`);
    expect(ready).toEqual({
      set: "nuclei",
      name: "net",
      path: join(home, "weights", server.host, "models", "net.pt_version=2"),
      sha256: sha256Of(content),
    });
    expect(readFileSync(ready.path).equals(content)).toBe(true);
    expect(JSON.parse(readFileSync(`${ready.path}.parfocal.json`, "utf8"))).toMatchObject({
      url: `${server.origin}/models/net.pt?version=2`,
      sha256: sha256Of(content),
      bytes: content.length,
    });
    expect(readdirSync(dirname(ready.path)).sort()).toEqual(["net.pt_version=2", "net.pt_version=2.parfocal.json"]);
    expect(events.map(({ type }) => type)).toEqual([
      "weights-start",
      ...eventsOf("weights-progress").map(() => "weights-progress"),
      "weights-end",
    ]);
    expect(eventsOf("weights-start")[0]).toMatchObject({
      set: "nuclei",
      licence,
      bytes: content.length,
      files: [{ name: "net", url: `${server.origin}/models/net.pt?version=2`, problem: null }],
    });
    expect(eventsOf("weights-progress").at(-1)).toMatchObject({ file: "net", bytes: content.length, totalBytes: content.length });
    expect(eventsOf("weights-end")[0]?.files).toMatchObject([{ name: "net", sha256: sha256Of(content), recorded: false }]);

    events.length = 0;
    expect(await fetch(`${server.origin}/models/net.pt?version=2`)).toEqual(ready);
    expect(events).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test("goes on where the connection broke", async () => {
    const server = await serve((request, response, count) => (count === 1 ? sendHalf(response) : sendContent(request, response)));
    const { fetch, eventsOf } = attempt();
    expect(readFileSync((await fetch(`${server.origin}/net`)).path).equals(content)).toBe(true);
    const kept = Number(/^bytes=(\d+)-$/.exec(server.requests[1]?.headers.range ?? "")?.[1]);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(content.length / 2);
    expect(server.requests[1]?.headers["if-range"]).toBe('"v1"');
    expect(eventsOf("weights-progress").map(({ message }) => message)).toContain(
      `the connection broke after ${kept} of ${content.length} bytes: aborted; trying again in 0.005 s`,
    );
    fault("Weights", "the connection breaks", "it goes on where it broke");
  });

  test("goes on in the next process, after it was cancelled", async () => {
    const cancel = new AbortController();
    const server = await serve((request, response, count) => {
      if (count > 1) return sendContent(request, response);
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      response.write(content.subarray(0, 200_000));
    });
    const { fetch, home } = attempt();
    const stopAtFirstBytes = (event: ParfocalEvent) => {
      if (event.type === "weights-progress" && event.bytes > 0) cancel.abort();
    };
    const options = { signal: cancel.signal, onEvent: stopAtFirstBytes };
    const error = await failure(fetch(`${server.origin}/net`, { sha256: null }, options), "CANCELLED");
    expect(error).toMatchObject({
      message: "toy: fetching the weight file net was cancelled",
      hint: "run the same command again; what was downloaded is kept",
    });
    const { part } = partPaths(join(home, "weights", server.host, "net"));
    const kept = readFileSync(part).length;
    expect(kept).toBeGreaterThan(0);
    expect(readFileSync((await fetch(`${server.origin}/net`, { sha256: null })).path).equals(content)).toBe(true);
    expect(server.requests[1]?.headers).toMatchObject({ range: `bytes=${kept}-`, "if-range": '"v1"' });
    fault("Weights", "the program ends during a download", "the next one goes on there");
  });

  test("starts over where the server knows no ranges, or its file has changed", async () => {
    const whole = await serve((request, response, count) => {
      if (count === 1) sendHalf(response);
      else response.writeHead(200).end(content);
      void request;
    });
    expect(readFileSync((await attempt().fetch(`${whole.origin}/net`)).path).equals(content)).toBe(true);

    const newer = Buffer.from(content).reverse();
    const changed = await serve((request, response, count) =>
      count === 1 ? sendHalf(response) : sendBody(request, response, newer, '"v2"'),
    );
    const ready = await attempt().fetch(`${changed.origin}/net`, { sha256: null });
    expect(readFileSync(ready.path).equals(newer)).toBe(true);
    fault("Weights", "the server knows no ranges, or has another file by now", "it starts over");
  });

  test("follows redirects", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/net") response.writeHead(302, { location: "/elsewhere/net" }).end("moved");
      else sendContent(request, response);
    });
    const { fetch, home } = attempt();
    const ready = await fetch(`${server.origin}/net`);
    expect(ready.path).toBe(join(home, "weights", server.host, "net"));
    expect(server.requests.map(({ url }) => url)).toEqual(["/net", "/elsewhere/net"]);
    const circle = await serve((_, response) => response.writeHead(302, { location: "/net" }).end());
    const error = await failure(fetch(`${circle.origin}/net`), "WEIGHTS_UNREACHABLE");
    expect(error.message).toContain("redirects more than 5 times");
  });

  test("is tried again when the server has a bad moment", async () => {
    const server = await serve((request, response, count) => {
      if (count < 3) response.writeHead(503).end();
      else sendContent(request, response);
    });
    const { fetch, eventsOf } = attempt();
    await fetch(`${server.origin}/net`);
    expect(eventsOf("weights-progress")[0]?.message).toBe("the server answered 503 Service Unavailable; trying again in 0.005 s");
  });

  test("comes through a proxy", async () => {
    const proxy = await serve(sendContent);
    const before = process.env.HTTP_PROXY;
    process.env.HTTP_PROXY = proxy.origin;
    try {
      await attempt().fetch("http://weights.example/net");
    } finally {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    }
    expect(proxy.requests[0]?.url).toBe("http://weights.example/net");
  });
});

describe("a download that cannot be", () => {
  test("says what the server answered, and where the file belongs", async () => {
    const server = await serve((_, response) => response.writeHead(404).end());
    const { fetch, home } = attempt();
    const url = `${server.origin}/models/net`;
    const place = join(home, "weights", server.host, "models", "net");
    const error = await failure(fetch(url), "WEIGHTS_UNREACHABLE");
    expect(error.message).toBe(`toy: the weight file net could not be downloaded from ${url}: the server answered 404 Not Found`);
    expect(error.hint).toBe(
      `check PARFOCAL_MIRROR and for a newer version of the module, or download it elsewhere and put it at ${place}`,
    );
    expect(error.details).toEqual({ url, path: place, status: 404, attempts: 1 });
    expect(readdirSync(dirname(place))).toEqual([]);
    expect(server.requests).toHaveLength(1);
    fault("Weights", "the server refuses", "WEIGHTS_UNREACHABLE with its answer, and where the file belongs");
  });

  test("is given up after its attempts", async () => {
    const server = await serve((_, response) => response.writeHead(500).end());
    const error = await failure(attempt().fetch(`${server.origin}/net`), "WEIGHTS_UNREACHABLE");
    expect(error.message).toMatch(/the server answered 500 Internal Server Error \(tried 3 times\)$/);
    expect(error.hint).toMatch(/^try again later, or /);
  });

  test("waits neither for a server that says nothing nor for one that stops", async () => {
    const silent = await serve(() => undefined);
    const patience = { timing: { ...timing, answerMs: 60, stallMs: 60, retryMs: [1] } };
    const error = await failure(attempt().fetch(`${silent.origin}/net`, {}, patience), "WEIGHTS_UNREACHABLE");
    expect(error.message).toMatch(/: 127\.0\.0\.1:\d+ did not answer within 0\.06 s \(tried 2 times\)$/);

    const stalled = await serve((_, response, count) => {
      if (count === 1)
        response.writeHead(200, { "content-length": content.length, etag: '"v1"' }).write(content.subarray(0, 1000));
    });
    const other = await failure(attempt().fetch(`${stalled.origin}/net`, {}, patience), "WEIGHTS_UNREACHABLE");
    expect(other.message).toContain("did not answer within 0.06 s");
    expect(stalled.requests[1]?.headers.range).toBe("bytes=1000-");
    fault("Weights", "the server says nothing, or stops", "WEIGHTS_UNREACHABLE within the deadline");
  });

  test("says at once that nobody listens, and that a name is not known", async () => {
    const { fetch } = attempt();
    const closed = await failure(fetch("http://127.0.0.1:9/net"), "WEIGHTS_UNREACHABLE");
    expect(closed.message).toContain("could not be downloaded from http://127.0.0.1:9/net: connect ECONNREFUSED");
    expect(closed.hint).toContain("check the connection");
    expect(closed.details.attempts).toBe(1);
    const unknown = await failure(fetch("http://no-such-host.invalid/net"), "WEIGHTS_UNREACHABLE");
    expect(unknown.message).toMatch(/getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host\.invalid/);
  });

  test("leaves nothing behind when the file is another one", async () => {
    const server = await serve(sendContent);
    const { fetch, home } = attempt();
    const url = `${server.origin}/net`;
    const place = join(home, "weights", server.host, "net");
    const wrong = await failure(fetch(url, { sha256: "0".repeat(64) }), "WEIGHTS_INVALID");
    expect(wrong.message).toBe(
      `toy: ${url} is not the weight file net that the module names: its sha256 is ${sha256Of(content)}, must be ${"0".repeat(64)}`,
    );
    expect(wrong.hint).toBe(`a proxy or the server gives another file: try another network, or put the right one at ${place}`);
    const size = await failure(fetch(url, { bytes: 5 }), "WEIGHTS_INVALID");
    expect(size.message).toContain("it has 300000 bytes, must have 5");
    expect(readdirSync(dirname(place))).toEqual([]);
    fault("Weights", "the file is another one", "WEIGHTS_INVALID; nothing is left behind");
  });

  test("takes no login page for weights", async () => {
    const server = await serve((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>log in"));
    const error = await failure(attempt().fetch(`${server.origin}/net`, { bytes: null, sha256: null }), "WEIGHTS_INVALID");
    expect(error.message).toContain("the server gave a web page, perhaps to log in");
    fault("Weights", "a login page comes instead of weights", "refused");
  });

  test("says so before the disk is full", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": 2 ** 50 });
      response.write("a");
    });
    const error = await failure(attempt().fetch(`${server.origin}/net`, { bytes: null, sha256: null }), "ENV_NO_SPACE");
    expect(error.message).toMatch(/^the weight file net needs 1126 TB in .*, where .* are free$/);
    fault("Weights", "too little space for the weights", "ENV_NO_SPACE before anything is fetched");
  });

  test("says that the disk filled up meanwhile", async (context) => {
    const home = temporaryFolder();
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", home]).status === 0;
    if (!mounted) context.skip("mounting a file system is not allowed here");
    afterTest(() => spawnSync("umount", ["--lazy", home]));
    const server = await serve((_, response) => {
      response.write(content); // in chunks, so that nobody knows the length before
      response.end();
    });
    const error = await failure(attempt({ home }).fetch(`${server.origin}/net`, { bytes: null }), "ENV_NO_SPACE");
    expect(error.message).toMatch(/^the disk filled up at "weights": ENOSPC/);
    expect(error.hint).toContain("PARFOCAL_HOME");
  });

  test.skipIf(!hasOpenssl)("says what to do about a certificate that is not trusted (needs openssl)", async () => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1", "-nodes"];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, sendContent);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    afterTest(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const error = await failure(attempt().fetch(`https://127.0.0.1:${port}/net`), "WEIGHTS_UNREACHABLE");
    expect(error.message).toMatch(/: self-signed certificate$/);
    expect(error.hint).toMatch(/^set NODE_EXTRA_CA_CERTS to a file with your organisation's certificate authority, or /);
    expect(error.details.attempts).toBe(1);
  });
});
