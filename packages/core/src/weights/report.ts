import type { FetchedFile, OnEvent } from "../contract/events.ts";
import type { WeightFile, WeightSet } from "../module/weight-set.ts";

/** Tells of one set what is being done with it. */
export interface SetReporter {
  start(files: readonly (WeightFile & { readonly problem: string | null })[], folder: string): void;
  /** Reports one file, not more often than anybody can see. */
  progressOf(file: string): (message: string, bytes: number, totalBytes: number | null) => void;
  end(files: readonly FetchedFile[]): void;
}

const reportEveryMs = 100;
/** Time and bytes before anything is said of the time that is left. */
const settleMs = 500;

export function createReporter(
  module: string,
  set: Pick<WeightSet, "name" | "licence">,
  onEvent: OnEvent | undefined,
): SetReporter {
  const about = { module, set: set.name };
  const startedAt = performance.now();
  return {
    start(files, folder) {
      const bytes = files.reduce<number | null>(
        (sum, file) => (sum === null || file.bytes === null ? null : sum + file.bytes),
        0,
      );
      const named = files.map(({ name, url, bytes: size, problem }) => ({ name, url, bytes: size, problem }));
      onEvent?.({ type: "weights-start", ...about, files: named, bytes, folder, licence: set.licence });
    },
    progressOf(file) {
      let last = "";
      let lastAt = Number.NEGATIVE_INFINITY;
      let since = { at: 0, bytes: 0 };
      return (message, bytes, totalBytes) => {
        const now = performance.now();
        if (message !== last) since = { at: now, bytes };
        else if (now - lastAt < reportEveryMs && bytes !== totalBytes) return;
        last = message;
        lastAt = now;
        const rate = (bytes - since.bytes) / (now - since.at);
        const hasEta = totalBytes !== null && now - since.at > settleMs && rate > 0;
        onEvent?.({
          type: "weights-progress",
          ...about,
          file,
          message,
          bytes,
          totalBytes,
          ...(hasEta && { etaMs: (totalBytes - bytes) / rate }),
        });
      };
    },
    end(files) {
      onEvent?.({ type: "weights-end", ...about, files, elapsedMs: Math.round(performance.now() - startedAt) });
    },
  };
}
