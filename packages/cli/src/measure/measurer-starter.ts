import {
  asMeasurer,
  connectMeasurer,
  findDaemon,
  type Measurer,
  type OnEvent,
  readSettings,
  type StartOptions,
} from "@parfocal/core";
import { namedModule } from "../modules/named-module.ts";
import { type DaemonUse, isDaemonGone } from "../run/start-worker.ts";

/** The module that measures, unless another is named. */
export const usualMeasurer = "measure";

export interface MeasurerOptions {
  /** Name or folder of the module. Default {@link usualMeasurer}. */
  readonly measurer?: string;
  readonly cwd: string;
  readonly daemon: DaemonUse;
  readonly offline: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** A measurer that is started at most once; whoever needs it awaits it. */
export interface MeasurerStarter {
  /** @throws ParfocalError MODULE_NOT_FOUND, NOT_SUPPORTED, and as every start of a worker. */
  start(): Promise<Measurer>;
  close(): Promise<void>;
}

export function createMeasurerStarter(options: MeasurerOptions): MeasurerStarter {
  let starting: Promise<Measurer> | null = null;
  return {
    start() {
      starting ??= startMeasurer(options);
      starting.catch(() => {}); // who awaits it hears
      return starting;
    },
    async close() {
      const worker = await starting?.catch(() => null);
      await worker?.close();
    },
  };
}

async function startMeasurer({ measurer: name = usualMeasurer, cwd, daemon, offline, signal, onEvent }: MeasurerOptions) {
  const module = asMeasurer(await namedModule(name, cwd));
  const start: StartOptions = { device: "cpu", signal, onEvent, ...(offline && { settings: { offline } }) };
  if (daemon === "never" || findDaemon(readSettings(start.settings)) === null) return module.start(start);
  try {
    return await connectMeasurer(module, start);
  } catch (error) {
    if (!isDaemonGone(error)) throw error;
    return module.start(start);
  }
}
