import { readFileSync } from "node:fs";

/** Ticks since boot at which a process started, on Linux; "0" where that is not to be had, null when there is no such process. */
export function processStart(pid: number): string | null {
  if (process.platform === "linux") {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      // A zombie has ended; only its parent has not taken note.
      return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  try {
    process.kill(pid, 0);
    return "0";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "0" : null;
  }
}

/** True while the process that had this pid and start time lives; another process with the same pid does not count. */
export function isSameProcess(pid: number, start: string): boolean {
  const now = processStart(pid);
  return now !== null && (now === start || start === "0" || now === "0");
}
