import { rmSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { readModule } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { beforeAll, describe, expect, test } from "vitest";
import { stopDaemon } from "../src/index.ts";
import { startDaemon } from "../src/life/start-daemon.ts";
import { makeHome, modulesHere, thresholdFolder, until } from "./support.ts";

let base = "";
let token = "";

beforeAll(async () => {
  const home = makeHome();
  const { daemon } = await startDaemon({ settings: { home }, moduleStarts: [modulesHere] });
  base = daemon.http;
  token = daemon.token;
  return async () => {
    await stopDaemon({ now: true, settings: { home } });
    rmSync(home, { recursive: true });
  };
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly json: Record<string, unknown>;
}

/** A request with exactly these headers; fetch would correct some of them. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const json = (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : {}) as Record<string, unknown>;
        const error = json.error as { readonly code: string; readonly message: string } | null | undefined;
        resolve({ status: answer.statusCode ?? 0, code: error?.code, message: error?.message, json });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const size = 64;
const image = Uint16Array.from({ length: size * size }, (_, i) => (i % 16 < 8 && Math.floor(i / size) % 16 < 8 ? 5000 : 10));
const described = {
  "content-type": "application/octet-stream",
  "parfocal-shape": `${size},${size}`,
  "parfocal-dtype": "uint16",
  "parfocal-axes": "yx",
};
const post = (query: string, headers: Record<string, string> = {}, body: Uint8Array = new Uint8Array(image.buffer)) =>
  ask("POST", `/v1/jobs?${query}`, { ...described, "content-length": String(body.byteLength), ...headers }, body);

async function finished(id: unknown): Promise<Record<string, unknown>> {
  let job: Record<string, unknown> = {};
  await until("the job is over", async () => {
    job = (await ask("GET", `/v1/jobs/${id}`)).json;
    return job.state !== "waiting" && job.state !== "running";
  });
  return job;
}

describe("who may ask", () => {
  test.each([
    ["no token", { authorization: "" }, 401, "UNAUTHORIZED"],
    ["a wrong token", { authorization: `Bearer ${"0".repeat(48)}` }, 401, "UNAUTHORIZED"],
    ["the token in another scheme", { authorization: "Basic Zm9vOmJhcg==" }, 401, "UNAUTHORIZED"],
    ["a foreign host", { host: "evil.example" }, 403, "FOREIGN_HOST"],
    ["a foreign host with our port", { host: "evil.example:80" }, 403, "FOREIGN_HOST"],
    ["a host that begins like ours", { host: "127.0.0.1.evil.example" }, 403, "FOREIGN_HOST"],
    ["another IPv6 host", { host: "[::2]:80" }, 403, "FOREIGN_HOST"],
    ["a foreign origin", { origin: "http://evil.example" }, 403, "FOREIGN_ORIGIN"],
    ["our host over another scheme as origin", { origin: "https://127.0.0.1" }, 403, "FOREIGN_ORIGIN"],
    ["a null origin", { origin: "null" }, 403, "FOREIGN_ORIGIN"],
  ])("%s is refused", async (what, headers, status, code) => {
    for (const [method, path] of [
      ["GET", "/v1/state"],
      ["GET", "/v1/openapi.json"],
      ["GET", "/nothing"],
    ] as const) {
      expect(await ask(method, path, headers as Record<string, string>)).toMatchObject({ status, code });
    }
    const posted = await post("module=threshold", headers as Record<string, string>);
    expect(posted).toMatchObject({ status, code });
    fault("Daemon", `HTTP with ${what}`, `${status} ${code}, nothing done`);
  });

  test("localhost and the daemon's own pages are let in", async () => {
    const { host, port } = new URL(base);
    expect((await ask("GET", "/v1/state", { host: `localhost:${port}` })).status).toBe(200);
    expect((await ask("GET", "/v1/state", { host: `[::1]:${port}` })).status).toBe(200);
    expect((await ask("GET", "/v1/state", { origin: `http://${host}` })).status).toBe(200);
  });

  test("a form is no request, and reading an address changes nothing", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded", "content-length": "3" };
    expect(await ask("POST", "/v1/jobs?module=threshold", form, Buffer.from("a=b"))).toMatchObject({
      status: 415,
      code: "UNSUPPORTED_BODY",
    });
    expect(await ask("GET", "/v1/jobs?module=threshold")).toMatchObject({ status: 404, code: "NOT_FOUND" });
    fault("Daemon", "a form is posted, or a job is asked for with GET", "415 and 404, nothing done");
  });
});

describe("a job", () => {
  test("gives what the library gives, byte for byte", async () => {
    const { status, json } = await post(`module=threshold&device=cpu&params=${encodeURIComponent('{"minSize":5}')}`);
    expect({ status, module: json.module, error: json.error }).toEqual({ status: 202, module: "threshold", error: null });
    const job = await finished(json.id);
    expect(job).toMatchObject({
      error: null,
      state: "done",
      result: { outputs: { labels: { shape: [size, size], dtype: "int32", axes: "yx", bytes: size * size * 4 } }, warnings: [] },
    });
    const answer = await fetch(`${base}/v1/jobs/${json.id}/outputs/labels`, { headers: { authorization: `Bearer ${token}` } });
    expect(
      Object.fromEntries(["parfocal-shape", "parfocal-dtype", "parfocal-axes"].map((name) => [name, answer.headers.get(name)])),
    ).toEqual({
      "parfocal-shape": `${size},${size}`,
      "parfocal-dtype": "int32",
      "parfocal-axes": "yx",
    });
    const labels = new Int32Array(await answer.arrayBuffer());
    const module = await readModule(thresholdFolder);
    const here = await module.run(
      { data: image, shape: [size, size], dtype: "uint16", axes: "yx" },
      { minSize: 5 },
      { device: "cpu" },
    );
    expect(labels).toEqual(here.labels.data);
    expect(new Set(labels).size).toBe(17);
    expect((await ask("DELETE", `/v1/jobs/${json.id}`)).status).toBe(204);
    expect((await ask("GET", `/v1/jobs/${json.id}`)).status).toBe(404);
    expect((await ask("GET", `/v1/jobs/${json.id}/outputs/labels`)).status).toBe(404);
  });

  test("tells of itself as events, until it is over", async () => {
    const { json } = await post("module=threshold&device=cpu");
    const answer = await fetch(`${base}/v1/jobs/${json.id}/events`, { headers: { authorization: `Bearer ${token}` } });
    const events = (await answer.text()).trim().split("\n\n");
    const states = events.map(
      (event) =>
        (
          JSON.parse(
            event
              .split("\n")
              .find((line) => line.startsWith("data: "))!
              .slice(6),
          ) as { state: string }
        ).state,
    );
    expect(states.at(-1)).toBe("done");
    expect(["waiting", "running", "done"]).toEqual(expect.arrayContaining(states));
  });

  test.each([
    ["a module that there is not", "module=nope", {}, 404, "MODULE_NOT_FOUND"],
    ["no module", "", {}, 400, "REQUEST_INVALID"],
    ["a parameter that there is not", "module=threshold&params=%7B%22x%22%3A1%7D", {}, 400, "PARAMS_INVALID"],
    ["parameters that are no JSON", "module=threshold&params=%7B", {}, 400, "REQUEST_INVALID"],
    ["a dtype that there is not", "module=threshold", { "parfocal-dtype": "float128" }, 400, "REQUEST_INVALID"],
    ["axes that the module does not take", "module=threshold", { "parfocal-axes": "cy" }, 400, "INPUT_REJECTED"],
    ["more axes than the shape has", "module=threshold", { "parfocal-axes": "zyx" }, 400, "REQUEST_INVALID"],
    ["another shape than the body", "module=threshold", { "parfocal-shape": "64,65" }, 400, "LENGTH_WRONG"],
    ["a shape of many gigabytes", "module=threshold", { "parfocal-shape": "65536,65536" }, 413, "TOO_LARGE"],
    [
      "a shape beyond all numbers",
      "module=threshold",
      { "parfocal-shape": "9999999999,9999999999", "parfocal-axes": "yx" },
      413,
      "TOO_LARGE",
    ],
    ["a module's path", "module=..%2F..%2Fmodules%2Fthreshold", {}, 404, "MODULE_NOT_FOUND"],
    ["a path of Windows", "module=C%3A%5Cx", {}, 404, "MODULE_NOT_FOUND"],
    ["a name with NUL", "module=a%00b", {}, 404, "MODULE_NOT_FOUND"],
  ])("with %s is refused before a pixel is read", async (what, query, headers, status, code) => {
    expect(await post(query, headers as Record<string, string>)).toMatchObject({ status, code });
    fault("Daemon", `HTTP: a job with ${what}`, `${status} ${code}`);
  });

  test.each(["..%2f..%2fetc%2fpasswd", "%2e%2e/passwd", "CON", "a".repeat(300), "labels%00"])(
    "has no output at %s",
    async (name) => {
      const { json } = await post("module=threshold&device=cpu");
      await finished(json.id);
      const { status } = await ask("GET", `/v1/jobs/${json.id}/outputs/${name}`);
      expect([400, 404]).toContain(status);
    },
  );

  test("whose body has no length, or is cut off, leaves nothing", async () => {
    const { hostname, port } = new URL(base);
    const head = Object.entries({ host: `${hostname}:${port}`, authorization: `Bearer ${token}`, ...described }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const send = (lines: string[], body: string, { hangUp = false } = {}) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname);
        let text = "";
        socket.on("data", (chunk) => {
          text += String(chunk);
        });
        socket.on("close", () => resolve(text));
        socket.on("error", () => {});
        socket.write(`POST /v1/jobs?module=threshold HTTP/1.1\r\n${[...head, ...lines].join("\r\n")}\r\n\r\n${body}`);
        if (hangUp) socket.end();
      });
    // the server ends the connection, so that its answer cannot be overtaken by our end
    expect(await send(["transfer-encoding: chunked", "connection: close"], "3\r\nabc\r\n0\r\n\r\n")).toContain("411");
    await send([`content-length: ${size * size * 2}`], "only this", { hangUp: true });
    const { json } = await ask("GET", "/v1/state");
    expect(json.orphans).toBe(0);
    const { status } = await post("module=threshold&device=cpu");
    expect(status).toBe(202);
    fault("Daemon", "HTTP: an upload without length, or one that is cut off", "411, or dropped; the next is taken");
  });
});

test("the document describes every address", async () => {
  const { json } = await ask("GET", "/v1/openapi.json");
  const paths = json.paths as Record<string, Record<string, { readonly summary: string }>>;
  expect(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))).toEqual([
    "get /v1/state",
    "get /v1/modules",
    "post /v1/jobs",
    "get /v1/jobs/{id}",
    "delete /v1/jobs/{id}",
    "get /v1/jobs/{id}/events",
    "get /v1/jobs/{id}/outputs/{name}",
    "post /v1/slots",
    "post /v1/slots/{id}/jobs",
    "delete /v1/slots/{id}",
  ]);
  expect((await ask("GET", "/v1/modules")).json).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: "threshold" })]),
  );
});
