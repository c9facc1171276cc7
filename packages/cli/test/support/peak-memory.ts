import { readdirSync, readFileSync } from "node:fs";

/** Most bytes that a process and those that it started had in memory until they were looked at last, each at its own highest. */
interface PeakMemory {
  /** @returns bytes, of all processes that were seen */
  stop(): number;
}

/** Follows a process and its children by what Linux says of each, fifty times a second. */
export function followMemory(pid: number): PeakMemory {
  const peaks = new Map<number, number>();
  const look = (): void => {
    const parents = new Map<number, number>();
    for (const name of readdirSync("/proc")) {
      const status = /^\d+$/.test(name) ? statusOf(Number(name)) : null;
      if (status !== null) parents.set(Number(name), status.parent);
    }
    for (const child of parents.keys()) {
      if (isBelow(child, pid, parents)) peaks.set(child, Math.max(peaks.get(child) ?? 0, statusOf(child)?.bytes ?? 0));
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      return [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
  };
}

function isBelow(child: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = child; at !== undefined && at > 1; at = parents.get(at)) if (at === root) return true;
  return false;
}

function statusOf(pid: number): { readonly parent: number; readonly bytes: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { parent: number("PPid"), bytes: number("VmHWM") * 1024 };
  } catch {
    return null; // it has ended
  }
}
