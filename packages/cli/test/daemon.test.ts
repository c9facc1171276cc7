import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNpy, readSettings } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { afterEach, expect, test } from "vitest";
import { cli, jsonLines, temporaryFolder } from "./support/cli.ts";
import { blobObjects, blobs } from "./support/images.ts";

const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await cli(["daemon", "stop", "--now"], { variables: { PARFOCAL_HOME: home } });
});

/** A home of its own, so that nobody's daemon is met, with the environments of the real one. */
function temporaryHome(): string {
  const home = temporaryFolder();
  const { home: real } = readSettings();
  mkdirSync(join(real, "e"), { recursive: true });
  symlinkSync(join(real, "e"), join(home, "e"));
  homes.push(home);
  return home;
}

const labelsIn = (folder: string) => readNpy(join(folder, "blobs_labels.npy"));
const runArguments = (folder: string, ...more: string[]) => [
  "run",
  "threshold",
  blobs,
  "-o",
  `${folder}/`,
  "--format",
  "npy",
  "--device",
  "cpu",
  ...more,
];

test("the daemon is started, used by run, shown, and stopped; results are the same without it", async () => {
  const variables = { PARFOCAL_HOME: temporaryHome() };
  const [withIt, without] = [temporaryFolder(), temporaryFolder()];
  expect(await cli(["daemon", "status"], { variables })).toEqual({
    code: 0,
    stdout: "no daemon runs; `parfocal daemon start` starts one\n",
    stderr: "",
  });
  const started = await cli(["daemon", "start"], { variables });
  expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/^started: process \d+, log in .*daemon\.log\n$/) });
  expect((await cli(["daemon", "start"], { variables })).stdout).toMatch(/^runs already: process \d+/);
  for (const _ of [1, 2]) expect((await cli(runArguments(withIt), { variables })).code).toBe(0);
  const [status] = jsonLines(await cli(["daemon", "status", "--json"], { variables }));
  expect(status).toMatchObject({ running: true, pools: [{ module: "threshold", calls: 2, workers: [{ state: "ready" }] }] });
  const shown = await cli(["daemon", "status"], { variables });
  expect(shown.stdout).toMatch(/\n {2}threshold 1\.0\.0 {2}on cpu, process \d+, 2 calls, idle for /);
  await cli(runArguments(without, "--no-daemon"), { variables });
  expect(jsonLines(await cli(["daemon", "status", "--json"], { variables }))[0]).toMatchObject({ pools: [{ calls: 2 }] });
  expect(await labelsIn(withIt)).toEqual(await labelsIn(without));
  expect(Math.max(...((await labelsIn(withIt)).data as Int32Array))).toBe(blobObjects);
  const logs = await cli(["daemon", "logs"], { variables });
  expect(logs.stdout).toMatch(/ threshold 1\.0\.0: ready on cpu, process \d+\n$/);
  expect((await cli(["daemon", "stop"], { variables })).stdout).toBe("stopped\n");
  expect((await cli(["daemon", "stop"], { variables })).stdout).toBe("no daemon runs\n");
});

test("run --daemon starts it, and so does the setting", async () => {
  for (const [more, variables] of [
    [["--daemon"], {}],
    [[], { PARFOCAL_DAEMON: "auto" }],
  ] as const) {
    const all = { PARFOCAL_HOME: temporaryHome(), ...variables };
    expect((await cli(runArguments(temporaryFolder(), ...more), { variables: all })).code).toBe(0);
    expect(jsonLines(await cli(["daemon", "status", "--json"], { variables: all }))[0]).toMatchObject({
      running: true,
      pools: [{ calls: 1 }],
    });
  }
});

test("run does without a daemon that does not answer, and says so", async () => {
  const home = temporaryHome();
  const variables = { PARFOCAL_HOME: home };
  const folder = temporaryFolder();
  await cli(["daemon", "start"], { variables });
  const path = join(home, "daemon", "daemon.json");
  const state = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...state, socket: join(home, "gone.sock") }));
  const ended = await cli(runArguments(folder), { variables });
  expect(ended).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /warning threshold: the daemon does not answer: connect ENOENT .*gone\.sock; running without the daemon/,
    ),
  });
  expect(Math.max(...((await labelsIn(folder)).data as Int32Array))).toBe(blobObjects);
  writeFileSync(path, JSON.stringify(state));
  fault("Daemon", "the daemon's socket is gone", "`run` says so and does without");
});

test("enable has the system start it at login, disable no longer", async () => {
  const variables = { PARFOCAL_HOME: temporaryHome(), XDG_CONFIG_HOME: temporaryFolder() };
  const enabled = await cli(["daemon", "enable", "--json"], { variables });
  const { where } = jsonLines(enabled)[0] as { readonly where: string };
  expect(where.startsWith(variables.XDG_CONFIG_HOME)).toBe(true);
  const text = readFileSync(where, "utf8");
  expect(text).toContain("parfocal-daemon.js");
  expect(text).toContain(`PARFOCAL_HOME=${variables.PARFOCAL_HOME}`);
  expect((await cli(["daemon", "disable"], { variables })).stdout).toBe(`removed ${where}\n`);
  expect((await cli(["daemon", "disable"], { variables })).stdout).toBe("it was not started at login\n");
  rmSync(variables.XDG_CONFIG_HOME, { recursive: true });
});
