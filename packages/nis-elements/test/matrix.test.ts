import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModule, writeNpy } from "@parfocal/core";
import { askDaemon } from "@parfocal/server";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, choices, everyCase, nameOf, someCases } from "./matrix/cases.ts";
import { abortAfterMs, checkReport, type Report } from "./matrix/check.ts";
import { framesOf, imageOf } from "./matrix/frames.ts";
import { pairsOf } from "./matrix/pairwise.ts";
import { scriptOf } from "./matrix/script.ts";
import { makeWorkplace, type Workplace } from "./matrix/workplace.ts";

const emulator = fileURLToPath(new URL("../emulator", import.meta.url));
/** `pnpm test:ga3` runs all. */
const cases = process.env.MODE === "every-case" ? everyCase : someCases;

let place: Workplace;
beforeAll(async () => {
  place = await makeWorkplace();
  for (const version of choices.version) await runAll(version);
}, 3_600_000);
afterAll(() => place.remove());

const folderOf = (each: Case): string => join(place.folder, "cases", String(cases.indexOf(each)));

function moduleOf({ event }: Case): string {
  if (event === "odd paths") return place.oddModule;
  return event === "no environment" ? place.bareModule : place.module;
}

async function writeJob(each: Case): Promise<string> {
  const folder = folderOf(each);
  mkdirSync(folder, { recursive: true });
  const frames = framesOf(each, cases.indexOf(each));
  const names = frames.map((_, index) => `frame-${index}.npy`);
  for (const [index, { pixels }] of frames.entries()) await writeNpy(join(folder, names[index]!), pixels);
  writeFileSync(join(folder, "script.py"), scriptOf(each, { ...place, module: moduleOf(each) }));
  const kind = each.output.split(" ").at(-1);
  const job = {
    script: "script.py",
    version: each.version,
    out_of_process: each.process === "out",
    inputs: [{ frames: names, bits: each.pixels === "12 bits" ? 12 : 0, calibration: [0.3, 0.3, each.node === "3D" ? 1 : 0] }],
    outputs: [{ kind }],
    loops: [["t", 4, 2]],
    abort_after: each.event === "abort" ? abortAfterMs / 1000 : null,
  };
  writeFileSync(join(folder, "job.json"), JSON.stringify(job));
  return folder;
}

/** All cases of a version in one emulator: the version is chosen when Python starts. */
async function runAll(version: string): Promise<void> {
  const folders = await Promise.all(cases.filter((each) => each.version === version).map(writeJob));
  await execa(
    place.environment.python,
    ["-m", "ga3_emulator", ...folders.flatMap((folder) => [join(folder, "job.json"), folder])],
    {
      env: {
        PYTHONPATH: emulator,
        LIMNODE_VERSION: version,
        PYTHONDONTWRITEBYTECODE: "1",
        PATH: ["/usr/bin", "/bin"].join(delimiter),
      },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
}

const reportOf = (each: Case): Report => JSON.parse(readFileSync(join(folderOf(each), "report.json"), "utf8"));

describe("a node", () => {
  test.each(cases.map((each) => [nameOf(each), each] as const))("%s", async (_name, each) => {
    await checkReport(each, reportOf(each), framesOf(each, cases.indexOf(each)));
  });

  test("all that can meet does, in about eighty cases", () => {
    const together = ["event", "output", "process"] as const;
    const seen = new Set(someCases.flatMap((each) => pairsOf(each, together)));
    expect(seen).toEqual(new Set(everyCase.flatMap((each) => pairsOf(each, together))));
    expect(someCases.length).toBeLessThanOrEqual(100);
  });

  test("gives the labels that TypeScript gives", async () => {
    const module = await readModule(place.module);
    await using worker = await module.start({ device: "cpu" });
    const compared = cases.filter(({ event, output }) => event === "ok" && output !== "table");
    for (const each of compared) {
      const [frame] = framesOf(each, cases.indexOf(each));
      const { labels } = await worker.run(imageOf(each, frame));
      expect(labels.data).toEqual(frame.labels);
    }
    expect(compared.length).toBeGreaterThan(3);
  });

  test("leaves the daemon idle, with one process for each module that lives", async () => {
    const state = JSON.parse(readFileSync(place.state, "utf8"));
    const { pools, clients } = await askDaemon(state, "state", 5_000);
    expect(pools.map(({ workers, waiting }) => ({ waiting, states: workers.map(({ state: now }) => now) }))).toEqual(
      pools.map(() => ({ waiting: 0, states: ["ready"] })),
    );
    expect(clients).toBeLessThan(20);
    expect(pools.map(({ module }) => module)).toEqual(["acts", "acts"]);
  });
});
