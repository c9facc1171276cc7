import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ParfocalEvent, readSettings, type Settings } from "@parfocal/core";
import { drawDiscs } from "@parfocal/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deepimagej, zooAddress } from "../src/index.ts";

const blobs = fileURLToPath(new URL("../weights/blobs/", import.meta.url));
const address = new URL(zooAddress("bright-blobs"));
const root = mkdtempSync(join(tmpdir(), "parfocal zoo "));
const asked: string[] = [];
let server: Server;
let mirror: string;

beforeAll(async () => {
  cpSync(blobs, join(root, address.host, dirname(address.pathname)), { recursive: true });
  server = createServer((request, response) => {
    const path = join(root, decodeURIComponent(new URL(request.url ?? "/", "http://local").pathname));
    asked.push(request.url ?? "");
    if (!existsSync(path)) return void response.writeHead(404).end();
    return void response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

/** Settings with a home that shares the environments of the real one, so that none is built for this file. */
function settings(more: Partial<Settings> = {}): Partial<Settings> {
  return { ...readSettings(), ...more };
}

it("an id is resolved, its files are fetched once and verified, and then it needs no network", async () => {
  const { home } = readSettings();
  const place = join(home, "weights", address.host, dirname(address.pathname));
  rmSync(place, { recursive: true, force: true });
  const params = { model: "bright-blobs" };
  const image = drawDiscs({ axes: "yx" });
  const licences: string[] = [];
  const onEvent = (event: ParfocalEvent) => void (event.type === "weights-start" && licences.push(event.licence.weights));
  {
    await using worker = await deepimagej.start({ device: "cpu", params, settings: settings({ mirror }), onEvent });
    const { labels, provenance } = await worker.run(image);
    expect(labels.data.reduce((most, id) => Math.max(most, id), 0)).toBe(20);
    expect(provenance.params.model).toBe("bright-blobs");
    expect(provenance.weights.map(({ file }) => file).sort()).toEqual(["rdf.yaml", "weights.onnx"]);
  }
  expect(asked).toEqual([`/${address.host}${address.pathname}`, `/${address.host}${dirname(address.pathname)}/weights.onnx`]);
  expect(licences, "said before the description is there, and once it is").toEqual(["stated in the model's description", "MIT"]);

  const offline = settings({ offline: true });
  await using worker = await deepimagej.start({ device: "cpu", params, settings: offline });
  expect((await worker.run(image)).labels.dtype).toBe("int32");
  expect(asked).toHaveLength(2);
  rmSync(place, { recursive: true });
});

it("an id that is not here says which file belongs where, at once", async () => {
  const offline = settings({ offline: true });
  await expect(deepimagej.start({ device: "cpu", params: { model: "no-such-shark" }, settings: offline })).rejects.toMatchObject({
    code: "WEIGHTS_MISSING",
    message: expect.stringContaining(zooAddress("no-such-shark")),
  });
  const online = settings({ mirror });
  await expect(deepimagej.start({ device: "cpu", params: { model: "no-such-shark" }, settings: online })).rejects.toMatchObject({
    code: "WEIGHTS_MISSING",
    message: expect.stringMatching(
      /^deepimagej: there is no folder or zip .*, and the BioImage Model Zoo has no model "no-such-shark"/,
    ),
  });
});
