import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads a file, null when it is not there. A parameter, so that every layout of control groups can be tested. */
export type ReadText = (path: string) => string | null;

/**
 * A number that rises when the kernel kills a process for want of memory, in this process's control group or on the machine; 0 where neither
 * can be told. Only differences mean something.
 */
export function countOomKills(readText: ReadText = readQuietly): number {
  if (process.platform !== "linux" && readText === readQuietly) return 0;
  return (groupCounter(readText) ?? 0) + (counter(readText("/proc/vmstat")) ?? 0);
}

function groupCounter(readText: ReadText): number | null {
  const groups = readText("/proc/self/cgroup") ?? "";
  for (const line of groups.split("\n")) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const files =
      hierarchy === "0"
        ? [join("/sys/fs/cgroup", path, "memory.events"), "/sys/fs/cgroup/memory.events"]
        : controllers?.split(",").includes("memory")
          ? [join("/sys/fs/cgroup/memory", path, "memory.oom_control"), "/sys/fs/cgroup/memory/memory.oom_control"]
          : [];
    for (const file of files) {
      const count = counter(readText(file));
      if (count !== null) return count;
    }
  }
  return null;
}

function counter(text: string | null): number | null {
  const [, digits] = /^oom_kill (\d+)$/m.exec(text ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}

function readQuietly(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
