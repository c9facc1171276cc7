import { fileURLToPath } from "node:url";
import { ensureEnvironment, readModule } from "@parfocal/core";
import { startDaemon, stopDaemon } from "@parfocal/server";
import type { CaseResult, Row } from "../case.ts";
import { startCold } from "../hosts/cold.ts";
import type { Host, Work } from "../hosts/host.ts";
import { startLineHost } from "../hosts/line-host.ts";
import type { OurWay } from "../hosts/ours.ts";
import { startShell } from "../hosts/shell.ts";
import { startSpawned } from "../hosts/spawned.ts";
import { interleave, summarize } from "../statistics.ts";

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const shapes: Readonly<Record<string, readonly number[]>> = {
  "256 x 256": [256, 256],
  "512 x 512": [512, 512],
  "1024 x 1024": [1024, 1024],
  "2048 x 2048": [2048, 2048],
  "4096 x 4096": [4096, 4096],
  "16 x 1024 x 1024": [16, 1024, 1024],
};
/** With the variables of its process: without mapping is as where koffi is missing. */
const ours: readonly (OurWay & { readonly variables?: Readonly<Record<string, string>> })[] = [
  { name: "plain files", variables: { PARFOCAL_MAP: "off" }, into: true },
  { name: "plain files, new array each time", variables: { PARFOCAL_MAP: "off" } },
  { name: "mapped, private copy", into: true },
  { name: "mapped, private copy, new array each time" },
  { name: "mapped, lease", lease: true },
  { name: "mapped, lease, image in a slot", lease: true, imageInSlot: true },
  { name: "the same, through the daemon", lease: true, imageInSlot: true, daemon: true },
];
const appose = "appose-python 0.12, buffers reused";
const spawned = "Python spawned per call, .npy";
const shell = "python-shell, JSON line";

/** Medians by what was measured, for the figures. */
type Medians = Record<string, number>;

/** Calls through every kind of host, with one interpreter, one numpy and one line of work. */
export async function hosts(): Promise<CaseResult> {
  const { handle } = await readModule(place("fixtures/cast"));
  const { python } = await ensureEnvironment(handle, { device: "cpu" });
  const starts: Record<string, () => Host> = {};
  const coldStarts: typeof starts = {};
  for (const { variables, ...way } of ours) {
    const program = [place("src/hosts/our-host.ts"), place("fixtures/cast"), JSON.stringify(way)];
    starts[way.name] = () => startLineHost([process.execPath, "--conditions=@parfocal/source", ...program], variables);
    // as installed: reading TypeScript would take as long as everything else
    if (!way.into && !way.imageInSlot) coldStarts[way.name] = () => startLineHost([process.execPath, ...program], variables);
  }
  starts[appose] = () => startLineHost([python, place("python/appose_host.py")]);
  coldStarts[appose] = starts[appose];

  const medians: Medians = {};
  const rows: Row[] = [];
  const note = (what: string, samples: Readonly<Record<string, readonly number[]>>) => {
    for (const [way, times] of Object.entries(samples)) {
      const ms = summarize(times);
      medians[`${what}: ${way}`] = ms.p50;
      rows.push({ way: `${what}: ${way}`, ms });
    }
  };
  const cold = Object.entries(coldStarts).map(([way, start]) => [way, () => startCold(start, [256, 256])]);
  note("cold start, 256 x 256", await interleave(10, Object.fromEntries(cold)));

  const all: Record<string, Host> = {};
  const { started } = await startDaemon();
  try {
    for (const [way, start] of Object.entries(starts)) all[way] = start();
    all[spawned] = await startSpawned(python, place("python/cast_npy.py"));
    all[shell] = startShell(python, place("python/echo_lines.py"));
    const without = (...ways: readonly string[]) =>
      Object.fromEntries(Object.entries(all).filter(([way]) => !ways.includes(way)));
    const casting = without(shell);
    await prepare(all, [1, 1]);
    // compilers on our side take some thousand calls to settle
    note("empty call", await inTurns(without(spawned), "nothing", { turns: 10, calls: 100, warmUp: 2000 }));
    for (const [name, shape] of Object.entries(shapes)) {
      await prepare(casting, shape);
      note(name, await inTurns(casting, "cast", { turns: 6, calls: 12, warmUp: 5 }));
      if (name === "2048 x 2048")
        note(`${name}, nothing done`, await inTurns(without(spawned, shell), "nothing", { turns: 6, calls: 12, warmUp: 5 }));
    }
    return { name: "hosts", text, rows, figures: figuresOf(medians) };
  } finally {
    await Promise.all(Object.values(all).map((host) => host.close()));
    if (started) await stopDaemon({ now: true });
  }
}

const text =
  "A full round trip: uint16 image in the host's memory, cast to int32 in the worker, labels in an array of the host's that is used again (ours also in a new one each time), compared with the image outside of the clock. All workers run on the same interpreter and numpy. An empty call takes and gives one pixel, and for Appose and python-shell no array at all. A cold start runs the built packages, and goes from before the host's process exists to its first labels, with the files of operating system and Python already in memory.";

async function prepare(all: Readonly<Record<string, Host>>, shape: readonly number[]): Promise<void> {
  for (const host of Object.values(all)) await host.prepare(shape);
}

async function inTurns<K extends string>(
  hostsByWay: Readonly<Record<K, Host>>,
  work: Work,
  { turns, calls, warmUp }: { readonly turns: number; readonly calls: number; readonly warmUp: number },
): Promise<Record<K, number[]>> {
  const entries = Object.entries(hostsByWay) as [K, Host][];
  const samples = Object.fromEntries(entries.map(([way]) => [way, [] as number[]])) as Record<K, number[]>;
  for (const [way, host] of entries) await host.run(work, way === spawned ? 1 : warmUp);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [way, host] of turn % 2 === 0 ? entries : [...entries].reverse()) {
      const some = way === spawned ? 2 : calls; // a process each, which takes as long as a hundred calls
      await host.run(work, Math.ceil(some / 3)); // until the caches are no longer another host's
      samples[way].push(...(await host.run(work, some)));
    }
  }
  return samples;
}

function figuresOf(medians: Medians): Record<string, number> {
  const slot = "mapped, lease, image in a slot";
  const size = "2048 x 2048";
  const ratio = (what: string, way: string, other: string) => medians[`${what}: ${way}`]! / medians[`${what}: ${other}`]!;
  return {
    "hosts-empty-ms": medians[`empty call: ${slot}`]!,
    "hosts-empty-ratio": ratio("empty call", slot, appose),
    "hosts-plain-ratio": ratio(size, "plain files", appose),
    "hosts-mapped-ratio": ratio(size, "mapped, private copy", appose),
    "hosts-lease-ratio": ratio(size, "mapped, lease", appose),
    "hosts-slot-ratio": ratio(size, slot, appose),
    "hosts-nothing-ratio": ratio(`${size}, nothing done`, slot, appose),
    "hosts-plain-spawned-ratio": ratio(size, "plain files", spawned),
    "hosts-lease-spawned-ratio": ratio(size, "mapped, lease", spawned),
  };
}
