import { readdirSync, readFileSync, statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds at one moment. */
export interface Trace {
  readonly seconds: number;
  readonly rssBytes: number;
  /** JavaScript objects and array buffers that are still needed. */
  readonly liveBytes: number;
  readonly descriptors: number;
  /** Children, zombies included. */
  readonly processes: number;
  readonly zombies: number;
  /** Files of this process in shared memory, and their bytes. */
  readonly slots: number;
  readonly slotBytes: number;
}

/** Linux only. */
export function takeTrace(since: number): Trace {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  const slots = readdirSync("/dev/shm")
    .filter((name) => name.startsWith("parfocal-") && name.split("-")[2] === String(process.pid))
    .flatMap((name) => readdirSync(`/dev/shm/${name}`).map((slot) => `/dev/shm/${name}/${slot}`));
  return {
    seconds: (performance.now() - since) / 1000,
    ...memory(),
    descriptors: readdirSync("/proc/self/fd").length,
    processes: children.length,
    zombies: children.filter(isZombie).length,
    slots: slots.length,
    slotBytes: slots.reduce((sum, path) => sum + sizeOf(path), 0),
  };
}

/** Bytes a minute by which a kind of memory grew over the last two thirds of some traces, by least squares. */
export function memorySlope(traces: readonly Trace[], kind: "rssBytes" | "liveBytes"): number {
  const late = traces.slice(Math.floor(traces.length / 3));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(late.map(({ seconds }) => seconds));
  const y = mean(late.map((trace) => trace[kind]));
  const covariance = mean(late.map((trace) => (trace.seconds - x) * (trace[kind] - y)));
  const variance = mean(late.map(({ seconds }) => (seconds - x) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 60;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function memory(): { rssBytes: number; liveBytes: number } {
  collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rssBytes: rss, liveBytes: heapUsed + arrayBuffers };
}

function isZombie(pid: string): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // gone since it was listed
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0; // gone since it was listed
  }
}
