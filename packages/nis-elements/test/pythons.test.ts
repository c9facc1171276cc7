import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, findUv, readSettings, writeNpy } from "@parfocal/core";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Case } from "./matrix/cases.ts";
import { checkReport, type Report } from "./matrix/check.ts";
import { framesOf } from "./matrix/frames.ts";
import { scriptOf } from "./matrix/script.ts";
import { makeWorkplace, type Workplace } from "./matrix/workplace.ts";

/** Pythons that a node may run in, each with a numpy of its time; the hashes are those of the wheels for x86-64 Linux. */
const pythons = [
  { python: "3.10", numpy: "1.26.4", sha256: "ffa75af20b44f8dba823498024771d5ac50620e6915abac414251bd971b4529f" },
  { python: "3.12", numpy: "2.3.5", sha256: "0d8163f43acde9a73c2a33605353a4f1bc4798745a8b1d73183b28e5b435ae28" },
  { python: "3.13", numpy: "2.3.5", sha256: "11e06aa0af8c0f05104d56450d6093ee639e15f24ecf62d417329d06e522e017" },
] as const;

const emulator = fileURLToPath(new URL("../emulator", import.meta.url));
const isSupported = process.platform === "linux" && process.arch === "x64";

/** An interpreter of pyenv's, which keeps those that are not the system's. */
function findPython(minor: string): string | null {
  const root = process.env.PYENV_ROOT ?? join(homedir(), ".pyenv");
  const [found] = globSync(`versions/${minor}.*/bin/python${minor}`, { cwd: root });
  return found === undefined ? null : join(root, found);
}

/** Folder with a numpy for an interpreter; fetched once. */
async function numpyFor(python: string, { numpy, sha256 }: (typeof pythons)[number]): Promise<string> {
  const settings = readSettings();
  const folder = join(settings.home, "fixtures", `numpy-${numpy}-${sha256.slice(0, 12)}`);
  if (existsSync(join(folder, "numpy"))) return folder;
  const requirements = join(place.folder, `numpy-${sha256}.txt`);
  writeFileSync(requirements, `numpy==${numpy} --hash=sha256:${sha256}\n`);
  const uv = await findUv(settings);
  await execa(
    uv.path,
    [
      ...["pip", "install", "--target", folder, "--python", python, "--require-hashes", "--no-deps", "--no-build", "--no-config"],
      ...["-r", requirements],
    ],
    { env: { ...cleanEnvironment(process.env), UV_CACHE_DIR: settings.uvCache }, extendEnv: false },
  );
  return folder;
}

let place: Workplace;
beforeAll(async () => {
  place = await makeWorkplace();
});
afterAll(() => place.remove());

describe("a node in NIS-Elements' own Python", () => {
  for (const each of pythons) {
    const interpreter = isSupported ? findPython(each.python) : null;
    const name = `${each.python} with numpy ${each.numpy}`;
    test.skipIf(interpreter === null)(interpreter === null ? `${name} (skipped: no Python ${each.python})` : name, async () => {
      const packages = [await numpyFor(interpreter!, each)];
      const common = { node: "3D", channels: "all", pixels: "12 bits", version: "7.10" } as const;
      const cases: Case[] = [
        { ...common, output: "int32 binary", process: "out", event: "worker error" },
        { ...common, output: "uint8 binary", process: "out", event: "ok" },
        { ...common, output: "table", process: "out", event: "no environment" },
        { ...common, output: "channel", process: "in", event: "ok" },
        { ...common, output: "table", process: "in", event: "no objects" },
      ];
      const folders = cases.map((_, index) => join(place.folder, `${each.python} ${index}`));
      for (const [index, one] of cases.entries()) {
        const folder = folders[index]!;
        mkdirSync(folder);
        const frames = framesOf(one, index);
        for (const [at, { pixels }] of frames.entries()) await writeNpy(join(folder, `frame-${at}.npy`), pixels);
        const module = one.event === "no environment" ? place.bareModule : place.oddModule;
        writeFileSync(join(folder, "script.py"), scriptOf(one, { ...place, module }));
        const job = {
          script: "script.py",
          version: one.version,
          out_of_process: one.process === "out",
          packages,
          inputs: [{ frames: frames.map((_, at) => `frame-${at}.npy`), bits: 12 }],
          outputs: [{ kind: one.output.split(" ").at(-1) }],
          loops: [["t", 4, 2]],
        };
        writeFileSync(join(folder, "job.json"), JSON.stringify(job));
      }
      await execa(interpreter!, ["-m", "ga3_emulator", ...folders.flatMap((folder) => [join(folder, "job.json"), folder])], {
        env: { PYTHONPATH: [emulator, ...packages].join(":"), LIMNODE_VERSION: "7.10", PYTHONDONTWRITEBYTECODE: "1" },
      });
      for (const [index, one] of cases.entries()) {
        const report = JSON.parse(readFileSync(join(folders[index]!, "report.json"), "utf8")) as Report;
        await checkReport(one, report, framesOf(one, index));
      }
    });
  }
});
