import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { failure, temporaryFolder } from "../worker/support.ts";
import { attempt, content, sendBody, sendContent, serve, sha256Of } from "./support.ts";

const other = Buffer.from(content).reverse();

describe("a weight file on this machine", () => {
  test("that a person put there is verified and recorded", async () => {
    const { fetch, home, events } = attempt({ offline: true });
    const place = join(home, "weights", "weights.example", "a", "net");
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    expect(await fetch("https://weights.example/a/net")).toMatchObject({ path: place, sha256: sha256Of(content) });
    expect(existsSync(`${place}.parfocal.json`)).toBe(true);
    expect(events.filter(({ type }) => type !== "weights-progress")).toEqual([]);

    writeFileSync(place, other);
    const error = await failure(fetch("https://weights.example/a/net"), "WEIGHTS_INVALID");
    expect(error.message).toBe(
      `toy: the weight file ${place} is damaged, and downloads are off: its sha256 is ${sha256Of(other)}, must be ${sha256Of(content)}`,
    );
    expect(error.hint).toBe("replace it with https://weights.example/a/net, or unset PARFOCAL_OFFLINE");
  });

  test("that is damaged is said to be, and fetched again", async () => {
    const server = await serve(sendContent);
    const { fetch, events, eventsOf } = attempt();
    const { path } = await fetch(`${server.origin}/net`);
    writeFileSync(path, content.subarray(0, 1000));
    events.length = 0;
    await fetch(`${server.origin}/net`);
    expect(eventsOf("weights-start")[0]?.files[0]?.problem).toBe("it has 1000 bytes, must have 300000");
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.requests).toHaveLength(2);
    fault("Weights", "weights on this machine are damaged", "said, and fetched again");
  });

  test("has the hash of its first download from then on, where nobody stated one", async () => {
    let body = content;
    const server = await serve((request, response) => sendBody(request, response, body, '"v1"'));
    const { fetch, eventsOf } = attempt();
    const url = `${server.origin}/net`;
    const unknown = { bytes: null, sha256: null };
    const { path, sha256 } = await fetch(url, unknown);
    expect(sha256).toBe(sha256Of(content));
    expect(eventsOf("weights-end")[0]?.files[0]?.recorded).toBe(true);

    rmSync(path);
    await fetch(url, unknown);
    expect(eventsOf("weights-end")[1]?.files[0]?.recorded).toBe(false);

    rmSync(path);
    body = other;
    const error = await failure(fetch(url, unknown), "WEIGHTS_INVALID");
    expect(error.message).toMatch(
      new RegExp(
        `^toy: ${url} is not the file that was downloaded first, on \\d{4}-\\d\\d-\\d\\d: its sha256 is ${sha256Of(other)}`,
      ),
    );
    expect(error.hint).toBe(`if its publisher changed it on purpose, remove ${path}.parfocal.json and run again`);
    rmSync(`${path}.parfocal.json`);
    expect((await fetch(url, unknown)).sha256).toBe(sha256Of(other));
  });
});

describe("without the network", () => {
  test("the exact file and place are said at once, and nothing is asked", async () => {
    const server = await serve(sendContent);
    const { fetch, home, events } = attempt({ offline: true });
    const url = `${server.origin}/a/net`;
    const place = join(home, "weights", server.host, "a", "net");
    const error = await failure(fetch(url), "WEIGHTS_MISSING");
    expect(error.message).toBe(
      `toy: the weight file net is not on this machine, and downloads are off; it comes from ${url} and belongs at ${place}`,
    );
    expect(error.hint).toBe(`download ${url} on a PC with a network and put it at ${place}, or unset PARFOCAL_OFFLINE`);
    expect(error.details).toEqual({ url, path: place });
    expect(events).toEqual([]);
    expect(server.requests).toEqual([]);
    fault("Weights", "offline, and weights are missing", "WEIGHTS_MISSING with URL and place, at once");
  });

  test.each([["weights.example/a/net"], ["net"]])("a folder stands in with %s", async (inside) => {
    const folder = temporaryFolder();
    const source = join(folder, inside);
    mkdirSync(dirname(source), { recursive: true });
    writeFileSync(source, content);
    const { fetch, home, eventsOf } = attempt({ offline: true, weightsFolders: [temporaryFolder(), folder] });
    const { path } = await fetch("https://weights.example/a/net");
    expect(path).toBe(join(home, "weights", "weights.example", "a", "net"));
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(eventsOf("weights-progress").at(-1)?.message).toBe(`copying ${source}`);
  });

  test("a wrong file in such a folder is named", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "net"), other);
    const { fetch } = attempt({ weightsFolders: [folder] });
    const error = await failure(fetch("https://weights.example/a/net"), "WEIGHTS_INVALID");
    expect(error.message).toContain(`${join(folder, "net")} is not the weight file net that the module names`);
    expect(error.hint).toBe("put the right file there, or remove it so that https://weights.example/a/net is downloaded");
  });
});

test("a mirror is asked in place of the server, and the file lies where it would lie without", async () => {
  const mirror = await serve(sendContent);
  const { fetch, home } = attempt({ mirror: `${mirror.origin}/cache/` });
  const { path } = await fetch("https://weights.example/a/net");
  expect(mirror.requests.map(({ url }) => url)).toEqual(["/cache/weights.example/a/net"]);
  expect(path).toBe(join(home, "weights", "weights.example", "a", "net"));
});
