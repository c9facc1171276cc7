import { spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type DaemonState, findDaemon } from "@parfocal/core";
import { daemonProtocolVersion, processStart } from "@parfocal/core/serve";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { askDaemon, stopDaemon } from "../src/index.ts";
import { writeState } from "../src/life/state.ts";
import { afterTest, isAlive, startTestDaemon, temporaryFolder, temporaryHome, until, writeActs } from "./support.ts";

type Message = Record<string, unknown>;

/** A client that says what it is told. */
function speak(daemon: DaemonState) {
  const socket = connect(daemon.socket);
  afterTest(() => socket.destroy());
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  return {
    closed,
    say: (message: Message | string) => socket.write(typeof message === "string" ? message : `${JSON.stringify(message)}\n`),
    /** The next message that is no event; null when it hung up. */
    async hear(): Promise<Message | null> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) return null;
        const message = JSON.parse(value as string) as Message;
        if (message.type !== "event") return message;
      }
    },
  };
}

const opening = ({ token }: DaemonState) => ({ protocol: daemonProtocolVersion, token, pid: process.pid });

async function greeted(daemon: DaemonState) {
  const { folder } = await writeActs();
  const client = speak(daemon);
  client.say({ type: "hello", ...opening(daemon), module: { folder, version: "1.2.3" }, start: { params: {}, settings: {} } });
  expect(await client.hear()).toMatchObject({ type: "ready", origin: { version: "1.2.3" } });
  return client;
}

const run = (path: string) => ({
  type: "run",
  id: 1,
  axes: "yx",
  spatialShape: [3, 4],
  pixelSize: null,
  params: { act: "echo", add: 0 },
  free: [],
  keepRaw: false,
  image: { path, generation: 1, dtype: "uint16", shape: [3, 4], bytes: 24 },
});

const refusedWith = (message: Message | null) =>
  (message?.error as { readonly code: string; readonly message: string } | undefined) ?? null;

describe("a client that is none", () => {
  test.each([
    ["no JSON", "hello?\n", "a line is not JSON: hello?"],
    ["another first message", '{"type":"cancel","id":1}\n', "cancel came first"],
    ["a message of a type that there is not", '{"type":"format disk"}\n', "type: none of hello, control, run"],
    ["bytes that are no text", "\xff\xfe\n", "a line is not JSON"],
  ])("says %s: it is told so and hung up on", async (_what, said, expected) => {
    const { daemon } = await startTestDaemon();
    const client = speak(daemon);
    client.say(said);
    const refused = refusedWith(await client.hear());
    expect(refused).toMatchObject({ code: "DAEMON_INCOMPATIBLE", message: expect.stringContaining(expected) });
    await client.closed;
    expect((await askDaemon(daemon, "state", 5_000)).clients).toBe(1);
  });

  test("is of another version, or does not know the token", async () => {
    const { daemon } = await startTestDaemon();
    const stranger = speak(daemon);
    stranger.say({ type: "control", ...opening(daemon), token: "0".repeat(48), action: "stop" });
    expect(refusedWith(await stranger.hear())).toMatchObject({
      code: "DAEMON_INCOMPATIBLE",
      message: "the daemon refused the token",
    });
    const newer = speak(daemon);
    newer.say({ type: "control", ...opening(daemon), protocol: 99, action: "stop" });
    expect(refusedWith(await newer.hear())).toMatchObject({ message: "the daemon speaks protocol 1, the client 99" });
    expect(isAlive(daemon.pid)).toBe(true);
    fault("Daemon", "a client does not know the token, or is of another version", "DAEMON_INCOMPATIBLE, nothing done");
  });

  test("writes a line without end: it is cut off at 16 MiB", async () => {
    const { daemon } = await startTestDaemon();
    const client = speak(daemon);
    const block = "x".repeat(1 << 20);
    for (let count = 0; count < 17; count += 1) client.say(block);
    expect(refusedWith(await client.hear())?.message).toContain("a line is longer than 16777216 bytes");
    const { memoryBytes } = await askDaemon(daemon, "state", 5_000);
    expect(memoryBytes).toBeLessThan(400 * 2 ** 20);
    fault("Daemon", "a client writes a line without end", "cut off at 16 MiB; the daemon goes on");
  });
});

describe("paths in a client's messages", () => {
  test.each([
    ["a file outside any arena", () => "/etc/passwd"],
    ["a relative path", () => "parfocal-0-1-1-1-ab/s1.npy"],
    ["a path that climbs", () => `/dev/shm/parfocal-${process.getuid!()}-1-1-1-ab/../../../etc/passwd`],
    [
      "a link in what looks like an arena",
      () => {
        const arena = join(temporaryFolder(), `parfocal-${process.getuid!()}-1-1-1-ab`);
        mkdirSync(arena);
        symlinkSync("/etc/passwd", join(arena, "s1.npy"));
        return join(arena, "s1.npy");
      },
    ],
  ])("%s is not opened", async (_what, path) => {
    const { daemon } = await startTestDaemon();
    const client = await greeted(daemon);
    client.say(run(path()));
    expect(refusedWith(await client.hear())).toMatchObject({
      code: "INPUT_REJECTED",
      message: expect.stringContaining("is no slot of this user"),
    });
    fault("Daemon", "a client names a file that is no slot as its image", "INPUT_REJECTED; no worker hears of it");
  });

  test("a slot that was not lent to it is not freed or refined", async () => {
    const { daemon } = await startTestDaemon();
    const client = await greeted(daemon);
    const victim = join(temporaryFolder(), "precious.npy");
    writeFileSync(victim, "precious");
    client.say({ type: "free", paths: [victim] });
    client.say({ ...run(victim), type: "refine", raw: { image: run(victim).image } });
    expect(refusedWith(await client.hear())).toMatchObject({ code: "RAW_EXPIRED" });
    const { existsSync } = await import("node:fs");
    expect(existsSync(victim)).toBe(true);
  });
});

describe("a state file", () => {
  test("whose process id belongs to another program by now: no daemon runs, and nobody is signalled", async () => {
    const home = temporaryHome();
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    afterTest(() => other.kill());
    await until("it runs", () => processStart(other.pid!) !== null);
    const state = {
      stateVersion: 1,
      version: "1.0.0",
      protocol: 1,
      socket: join(home, "gone.sock"),
      http: "",
      token: "",
      startedAt: "",
      logPath: "",
    } as const;
    writeState({ home }, { ...state, pid: other.pid!, start: "1" });
    expect(findDaemon({ home })).toBeNull();
    expect(await stopDaemon({ now: true, settings: { home } })).toBe(false);
    expect(isAlive(other.pid!)).toBe(true);
    fault(
      "Daemon",
      "the process id in its state file belongs to another program",
      "no daemon runs; the program is not signalled",
    );
  });

  test("of a daemon that hangs: --now kills that process, and no other", async () => {
    const started = await startTestDaemon();
    process.kill(started.daemon.pid, "SIGSTOP");
    expect(await stopDaemon({ now: true, settings: started.settings })).toBe(true);
    expect(isAlive(started.daemon.pid)).toBe(false);
    fault("Daemon", "the daemon hangs and is told to stop at once", "it is killed");
  });
});
