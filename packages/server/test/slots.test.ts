import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";
import { Agent, request } from "node:http";
import type { DaemonState } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { askDaemon } from "../src/index.ts";
import { afterTest, ramp, startTestDaemon, temporaryFolder, thresholdFolder, until, writeActs } from "./support.ts";

interface Answer {
  readonly status: number;
  readonly json: Record<string, never> & {
    readonly id: string;
    readonly path: string;
    readonly offset: number;
    readonly bytes: number;
    readonly state: string;
    readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
    readonly result: {
      readonly outputs: Record<
        string,
        { readonly shape: number[]; readonly slot: { readonly path: string; readonly offset: number } }
      >;
    };
  };
}

/** A client with one connection, as a node of NIS-Elements is. */
function createClient({ http, token }: DaemonState) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterTest(() => agent.destroy());
  const image = ramp();
  const described = { "parfocal-shape": image.shape.join(), "parfocal-dtype": image.dtype, "parfocal-axes": image.axes };
  return {
    image,
    ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const type = { "content-type": "application/octet-stream", "content-length": "0" };
        const asked = request(`${http}${path}`, {
          method,
          agent,
          headers: { authorization: `Bearer ${token}`, ...(method === "POST" && type), ...headers },
        });
        asked.on("error", reject);
        asked.on("response", (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, json: text === "" ? {} : JSON.parse(text) });
          });
        });
        asked.end();
      });
    },
    async fill(): Promise<Answer["json"]> {
      const { status, json } = await this.ask("POST", "/v1/slots", described);
      expect(status).toBe(201);
      const file = openSync(json.path, "r+");
      writeSync(file, new Uint8Array(image.data.buffer), 0, json.bytes, json.offset);
      closeSync(file);
      return json;
    },
    hangUp: () => agent.destroy(),
  };
}

const query = (folder: string, params: object, more = "") =>
  `folder=${encodeURIComponent(folder)}&params=${encodeURIComponent(JSON.stringify(params))}&wait=true${more}`;

describe("an image in a slot", () => {
  test("is segmented where it lies, and its labels are read where they lie", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const client = createClient(started.daemon);
    const slot = await client.fill();
    for (const add of [1, 2]) {
      const { status, json } = await client.ask("POST", `/v1/slots/${slot.id}/jobs?${query(module.folder, { add })}`);
      expect(status).toBe(200);
      expect(json.state).toBe("done");
      const { shape, slot: place } = json.result.outputs.labels!;
      const labels = new Int32Array(shape[0]! * shape[1]!);
      const file = openSync(place.path, "r");
      readSync(file, new Uint8Array(labels.buffer), 0, labels.byteLength, place.offset);
      closeSync(file);
      expect([...labels]).toEqual([...client.image.data].map((value) => value + add));
      expect((await client.ask("DELETE", `/v1/jobs/${json.id}`)).status).toBe(204);
    }
    expect((await client.ask("DELETE", `/v1/slots/${slot.id}`)).status).toBe(204);
    expect(existsSync(slot.path)).toBe(false);
    const { pools } = await askDaemon(started.daemon, "state", 5_000);
    expect(pools).toMatchObject([{ calls: 2, workers: [{ deaths: 0 }] }]);
  });

  test("a client that goes while its model computes: the call is cancelled, and its memory is free", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const client = createClient(started.daemon);
    const slot = await client.fill();
    const lost = client.ask("POST", `/v1/slots/${slot.id}/jobs?${query(module.folder, { act: "wait" })}`).catch(() => null);
    const running = async () => (await askDaemon(started.daemon, "state", 5_000)).pools[0]?.workers[0]?.state === "busy";
    await until("the model computes", running);
    const since = performance.now();
    client.hangUp();
    expect(await lost).toBeNull();
    await until("the worker is free", async () => !(await running()));
    expect(performance.now() - since).toBeLessThan(1_000);
    await until("the slot is gone", () => !existsSync(slot.path));
    fault("Daemon", "HTTP: a client that waits for its job hangs up", "the call is cancelled within 1 s, its memory is free");
  });

  test("with `build=false` a missing environment is an error at once, with what to type", async () => {
    const started = await startTestDaemon({ home: temporaryFolder() });
    const client = createClient(started.daemon);
    const slot = await client.fill();
    const { json } = await client.ask("POST", `/v1/slots/${slot.id}/jobs?${query(thresholdFolder, {}, "&build=false")}`);
    expect(json).toMatchObject({ state: "failed", error: { code: "ENV_NOT_READY" } });
    expect(json.error!.hint).toContain("parfocal env install threshold");
  });

  test("one of `module` and `folder` is given", async () => {
    const started = await startTestDaemon();
    const client = createClient(started.daemon);
    const slot = await client.fill();
    for (const asked of [
      "wait=true",
      `module=threshold&folder=${encodeURIComponent(thresholdFolder)}`,
      "folder=modules/threshold",
    ]) {
      expect(await client.ask("POST", `/v1/slots/${slot.id}/jobs?${asked}`)).toMatchObject({
        status: 400,
        json: { error: { code: "REQUEST_INVALID" } },
      });
    }
  });
});
