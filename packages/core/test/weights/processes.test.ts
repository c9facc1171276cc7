import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { afterTest, temporaryFolder } from "../worker/support.ts";
import { content, licence, sendContent, serve, sha256Of } from "./support.ts";

const script = fileURLToPath(new URL("../fixtures/weights/fetch-host.ts", import.meta.url));

/** Another process that fetches one file; `seen` resolves when an event's message contains a text. */
function fetchElsewhere(home: string, url: string) {
  const files = [{ name: "net", url, bytes: content.length, sha256: sha256Of(content) }];
  const request = JSON.stringify({ home, set: { name: "nuclei", files, licence } });
  const subprocess = execa(process.execPath, ["--conditions=@parfocal/source", script, request], { reject: false });
  afterTest(() => void subprocess.kill("SIGKILL"));
  const waiting = new Map<string, () => void>();
  const outcome = (async () => {
    let last = "";
    for await (const line of subprocess.iterable({ from: "stdout" })) {
      last = line as string;
      for (const [text, resolve] of waiting) if (last.includes(text)) resolve();
    }
    return JSON.parse(last) as { files?: { path: string }[]; code?: string };
  })();
  outcome.catch(() => undefined);
  const seen = (text: string) => new Promise<void>((resolve) => waiting.set(text, resolve));
  return { subprocess, outcome, seen };
}

describe("two processes that need one file", () => {
  test("download it once", async () => {
    const home = temporaryFolder();
    let finish = (): void => undefined;
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 1000));
      finish = () => response.end(content.subarray(1000));
    });
    const first = fetchElsewhere(home, `${server.origin}/net`);
    await first.seen('"downloading"');
    const second = fetchElsewhere(home, `${server.origin}/net`);
    await second.seen(`waiting for process ${first.subprocess.pid}, which fetches it`);
    finish();
    const outcomes = await Promise.all([first.outcome, second.outcome]);
    expect(outcomes[0].files?.[0]?.path).toBe(outcomes[1].files?.[0]?.path);
    expect(readFileSync(outcomes[0].files![0]!.path).equals(content)).toBe(true);
    expect(server.requests).toHaveLength(1);
    fault("Weights", "two processes need one file", "it is downloaded once");
  });

  test("the one that waits goes on where a killed one ended", async () => {
    const home = temporaryFolder();
    const server = await serve((request, response: ServerResponse, count) => {
      if (count > 1) return sendContent(request, response);
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      response.write(content.subarray(0, 1000));
    });
    const first = fetchElsewhere(home, `${server.origin}/net`);
    await first.seen('"downloading"');
    const second = fetchElsewhere(home, `${server.origin}/net`);
    await second.seen("waiting for process");
    first.subprocess.kill("SIGKILL");
    const { files } = await second.outcome;
    expect(readFileSync(files![0]!.path).equals(content)).toBe(true);
    expect(server.requests[1]?.headers.range).toBe("bytes=1000-");
    fault("Weights", "the downloading process is killed while another waits", "the other goes on where it ended");
  });
});
