import type { WeightLicence } from "../module/weight-set.ts";

/** Where an environment build stands. */
export type BuildPhase = "wait" | "uv" | "python" | "venv" | "download" | "install" | "compile" | "probe" | "publish";

/** A weight file that was fetched, and where from. */
export interface FetchedFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** True when nobody had stated a hash, so that this download's was recorded and later ones must equal it. */
  readonly recorded: boolean;
}

/** Events of building an environment and of starting and running workers, in the order in which they happen. */
export type ParfocalEvent =
  | {
      readonly type: "env-build-start";
      readonly module: string;
      readonly version: string;
      readonly folder: string;
      /** Bytes to download at most and bytes on disk afterwards, as recorded when the lock was written; null when unknown. */
      readonly downloadBytes: number | null;
      readonly installedBytes: number | null;
      readonly freeBytes: number;
    }
  | {
      readonly type: "env-build-progress";
      readonly module: string;
      readonly phase: BuildPhase;
      /** What this step found or does, for people: "found /usr/bin/uv (0.13.9)", "waiting for process 4711". */
      readonly message: string;
      /** Package that is being fetched, when known. */
      readonly package?: string;
      readonly bytes?: number;
      readonly totalBytes?: number;
      readonly etaMs?: number;
    }
  | {
      readonly type: "env-build-end";
      readonly module: string;
      readonly folder: string;
      readonly elapsedMs: number;
      /** Milliseconds by phase; empty when another process built it. */
      readonly phasesMs: Readonly<Partial<Record<BuildPhase, number>>>;
    }
  | {
      /** Before the first byte of a set of weights is fetched. */
      readonly type: "weights-start";
      readonly module: string;
      readonly set: string;
      readonly files: readonly {
        readonly name: string;
        readonly url: string;
        readonly bytes: number | null;
        /** What is wrong with the file that is here; null when none is. */
        readonly problem: string | null;
      }[];
      /** Bytes that will be fetched; null when a file's size is not known. */
      readonly bytes: number | null;
      readonly folder: string;
      readonly licence: WeightLicence;
    }
  | {
      readonly type: "weights-progress";
      readonly module: string;
      readonly set: string;
      /** Name of the file. */
      readonly file: string;
      /** What happens, for people: "downloading", "waiting for process 4711", "connection lost, trying again in 1 s". */
      readonly message: string;
      readonly bytes: number;
      readonly totalBytes: number | null;
      readonly etaMs?: number;
    }
  | {
      readonly type: "weights-end";
      readonly module: string;
      readonly set: string;
      readonly files: readonly FetchedFile[];
      readonly elapsedMs: number;
    }
  | { readonly type: "worker-start"; readonly module: string; readonly pid: number; readonly logPath: string | null }
  | {
      readonly type: "worker-ready";
      readonly module: string;
      readonly pid: number;
      readonly device: string;
      readonly loadMs: number;
    }
  | { readonly type: "worker-end"; readonly module: string; readonly pid: number; readonly reason: string }
  | {
      readonly type: "run-progress";
      readonly module: string;
      readonly done: number;
      readonly total: number;
      readonly message: string;
    }
  | {
      readonly type: "log";
      readonly module: string;
      readonly pid: number;
      readonly level: "info" | "warning";
      readonly message: string;
    };

export type OnEvent = (event: ParfocalEvent) => void;
