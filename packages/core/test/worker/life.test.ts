import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { createArena } from "../../src/worker/arena.ts";
import { acts, afterTest, isAlive, numpyEnvironment, temporaryFolder, until } from "./support.ts";

const programs = {
  host: fileURLToPath(new URL("../fixtures/hosts/host.ts", import.meta.url)),
  threads: fileURLToPath(new URL("../fixtures/hosts/threads.ts", import.meta.url)),
};

interface Host {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly arena: string;
  readonly shared: string;
  readonly children: readonly number[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;
}

/** Starts a Node that owns a worker, and waits until it says what it has. */
async function startHost(mode: string, program = programs.host): Promise<Host> {
  const facts = { environment: await numpyEnvironment(), handle: acts, home: temporaryFolder() };
  const args = ["--conditions=@parfocal/source", "--no-warnings", program, mode, JSON.stringify(facts)];
  const host = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  afterTest(() => host.kill("SIGKILL"));
  let stderr = "";
  host.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Awaited<Host["ended"]>>((resolve) => {
    host.once("close", (code, signal) => resolve({ code, signal, stderr }));
  });
  for await (const line of createInterface({ input: host.stdout })) {
    return { children: [], ...JSON.parse(line), process: host, ended };
  }
  throw new Error(`the host said nothing: ${stderr}`);
}

describe.skipIf(process.platform === "win32")("Node is killed", () => {
  test.each(["idle", "computing", "starting"])(
    "while its worker is %s: worker and children go, the arena is swept",
    async (mode) => {
      const host = await startHost(mode);
      const all = [host.pid, ...host.children];
      expect(all.map(isAlive)).toEqual(all.map(() => true));
      expect(host.children).toHaveLength(mode === "computing" ? 2 : 0);
      host.process.kill("SIGKILL");
      await host.ended;
      await until("the worker is gone", () => !isAlive(host.pid), 10_000);
      // what is left may have been swept already by another program of this user that has just started
      const arena = createArena([host.shared]);
      afterTest(() => arena.remove());
      expect(existsSync(host.arena)).toBe(false);
      expect(existsSync(arena.folder)).toBe(true);
      fault(
        "Calls and workers",
        `the host program is killed while its worker is ${mode}`,
        "worker and children go, the next program sweeps its slots",
      );
    },
  );
});

describe.skipIf(process.platform === "win32")("a worker of a thread", () => {
  test.each([
    ["ends", "SIGUSR2"],
    ["is killed with its program", "SIGKILL"],
  ] as const)("works like any other, and goes when the thread %s", async (how, signal) => {
    const host = await startHost("idle", programs.threads); // which has run an image by now
    expect(isAlive(host.pid)).toBe(true);
    host.process.kill(signal);
    await until("the worker is gone", () => !isAlive(host.pid), 10_000);
    if (signal === "SIGUSR2") {
      expect(host.process.exitCode).toBeNull();
      host.process.kill("SIGKILL");
    }
    await host.ended;
    const arena = createArena([host.shared]);
    afterTest(() => arena.remove());
    expect(existsSync(host.arena)).toBe(false);
    fault(
      "Calls and workers",
      `a worker belongs to a worker_thread, which ${how}`,
      "it works in the thread and goes with it; the next program sweeps its slots",
    );
  });
});

describe("Node ends", () => {
  test.each([
    ["exit", null, { code: 17, signal: null }],
    ["uncaught", null, { code: 1, signal: null }],
    ["rejection", null, { code: 1, signal: null }],
    ["forgotten", null, { code: 0, signal: null }],
    ["signal", "SIGINT", { code: null, signal: "SIGINT" }],
    ["signal", "SIGTERM", { code: null, signal: "SIGTERM" }],
    ["signal", "SIGHUP", { code: null, signal: "SIGHUP" }],
    ["busy-signal", "SIGTERM", { code: null, signal: "SIGTERM" }],
    ["own-handler", "SIGTERM", { code: 42, signal: null }],
  ] as const)("by %s %s: no worker and no slot is left, the exit code is kept", async (mode, signal, outcome) => {
    const host = await startHost(mode);
    if (signal !== null) host.process.kill(signal);
    const ended = await host.ended;
    expect(ended).toMatchObject(outcome);
    if (outcome.code === 1) expect(ended.stderr).toContain("on purpose");
    await until("the worker is gone", () => ![host.pid, ...host.children].some(isAlive), 10_000);
    expect(existsSync(host.arena)).toBe(false);
    const how = [mode, signal].filter(Boolean).join(" ");
    fault("Calls and workers", `the host program ends by ${how}`, "no worker and no slot is left, the exit code is kept");
  });
});
