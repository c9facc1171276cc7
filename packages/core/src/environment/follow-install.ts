import type { BuildProgress } from "./build-environment.ts";
import { remainingMs, watchCache } from "./download-progress.ts";
import { readUvLine } from "./uv-output.ts";

const sampleMs = 1000;

export interface InstallFollower {
  readonly onLine: (line: string) => void;
  /** Changes whenever the cache grows. */
  readonly sign: () => number;
  readonly stop: () => void;
}

/** Turns uv's output and the growth of its cache into progress. uv has no other way to tell how far it is. */
export function followInstall(
  cache: string,
  planned: { readonly downloadBytes: number | null; readonly installedBytes: number | null },
  say: (progress: BuildProgress) => void,
): InstallFollower {
  const started = performance.now();
  const measure = watchCache(cache, Date.now());
  const { downloadBytes: totalBytes, installedBytes } = planned;
  const inFlight = new Set<string>();
  let phase: "download" | "install" = "download";
  let unpacked = 0;
  let measuring = false;

  const report = (message: string): void => {
    const newest = [...inFlight].at(-1);
    const share = totalBytes !== null && installedBytes ? unpacked / installedBytes : null;
    const bytes = share === null || totalBytes === null ? undefined : Math.round(Math.min(1, share) * totalBytes);
    const etaMs =
      bytes === undefined || totalBytes === null ? undefined : remainingMs(bytes, totalBytes, performance.now() - started);
    say({
      phase,
      message,
      ...(newest !== undefined && { package: newest }),
      ...(bytes !== undefined && totalBytes !== null && { bytes, totalBytes }),
      ...(etaMs !== undefined && { etaMs }),
    });
  };
  const sample = async (): Promise<void> => {
    if (phase !== "download" || measuring) return;
    measuring = true;
    try {
      const now = await measure();
      if (now !== unpacked && phase === "download") {
        unpacked = now;
        report("downloading packages");
      }
    } finally {
      measuring = false;
    }
  };
  const timer = setInterval(() => void sample().catch(() => undefined), sampleMs);
  report("fetching packages");

  return {
    onLine(line) {
      const sign = readUvLine(line);
      if (sign?.kind === "downloading") {
        inFlight.add(sign.name);
        report(`downloading ${sign.name}`);
      } else if (sign?.kind === "downloaded") {
        inFlight.delete(sign.name);
        report(`downloaded ${sign.name}`);
      } else if (sign?.kind === "prepared") {
        inFlight.clear();
        if (totalBytes !== null) say({ phase, message: "downloaded all packages", bytes: totalBytes, totalBytes });
        phase = "install";
        say({ phase, message: "installing packages" });
      } else if (sign?.kind === "installed") {
        phase = "install";
        say({ phase, message: `installed ${sign.packages} packages` });
      }
    },
    sign: () => unpacked,
    stop: () => clearInterval(timer),
  };
}
