import { readdirSync, readFileSync } from "node:fs";

/**
 * Memory of a process and of all that it started, each page counted once: their proportional shares (PSS), what they map of shared memory among
 * them. Linux only.
 *
 * @returns bytes; 0 when it is gone.
 */
export function treeBytes(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOf(`/proc/${name}/stat`);
    const parent = / \S (\d+) /.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) if (at === root) return true;
    return false;
  };
  const share = (pid: number): number => Number(/^Pss:\s+(\d+) kB/m.exec(readOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + share(pid), 0);
}

/** Most memory that a process and what it started held together, looked at again and again until it ends. */
export async function peakBytes(pid: number, ended: Promise<unknown>, everyMs = 50): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, treeBytes(pid));
  }, everyMs);
  await ended.finally(() => clearInterval(timer));
  return peak;
}

/** A process may be gone since it was listed. */
function readOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
