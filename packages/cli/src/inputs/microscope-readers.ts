import { asReader, discoverModules, type OnEvent, type Reader } from "@parfocal/core";
import type { ImageReader } from "@parfocal/io";
import { moduleStarts } from "../modules/module-starts.ts";

/** Readers of the modules that are installed, for the formats of microscopes. */
export interface MicroscopeReaders {
  /** Those of this package for files, and the modules'; null where no module of kind "reader" is installed. */
  load(): Promise<readonly ImageReader[] | null>;
  /** Ends the workers that were started. */
  close(): Promise<void>;
}

export interface MicroscopeOptions {
  readonly cwd: string;
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/** Nothing is looked for or started before it is asked for. */
export function createMicroscopeReaders({ cwd, offline, signal, onEvent }: MicroscopeOptions): MicroscopeReaders {
  const workers: Promise<Reader>[] = [];
  let loading: Promise<readonly ImageReader[] | null> | null = null;

  async function load(): Promise<readonly ImageReader[] | null> {
    const found = (await discoverModules(...moduleStarts(cwd))).filter(({ manifest }) => manifest.kind === "reader");
    if (found.length === 0) return null;
    const { builtInReaders, createModuleReader } = await import("@parfocal/io");
    return [
      ...builtInReaders,
      ...found.map((module) => {
        let worker: Promise<Reader> | null = null;
        return createModuleReader({
          reads: module.manifest.reads,
          start() {
            if (worker === null) {
              worker = asReader(module).start({
                device: "cpu",
                ...(offline && { settings: { offline } }),
                ...(signal && { signal }),
                ...(onEvent && { onEvent }),
              });
              workers.push(worker);
            }
            return worker;
          },
        });
      }),
    ];
  }
  return {
    load() {
      loading ??= load();
      return loading;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.then((live) => live.close()).catch(() => {})));
    },
  };
}

/** True for names of files that one of the readers takes. */
export async function loadIsImage(microscopes: MicroscopeReaders): Promise<(name: string) => boolean> {
  const [{ isImageName }, readers] = await Promise.all([import("@parfocal/io"), microscopes.load()]);
  const endings = (readers ?? []).flatMap(({ extensions }) => extensions);
  return (name) => isImageName(name) || endings.some((ending) => name.toLowerCase().endsWith(ending));
}
