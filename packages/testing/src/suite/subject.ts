import { type Image, type Module, type RunResult, type StartOptions, splitParams, type Worker } from "@parfocal/core";
import type { ConformanceOptions } from "../describe-module.ts";

/** A module with the parameters and the device that the whole suite runs it with. */
export interface Subject {
  readonly module: Module;
  /** Axes to try, most wanted first. */
  readonly axes: readonly string[];
  /** Parameters of the calls. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Settings that differ from the machine's. */
  readonly settings: Pick<StartOptions, "settings">;
  start(options?: StartOptions): Promise<Worker>;
  /** One image through a worker, with the subject's parameters and these. */
  run(worker: Worker, image: Image, params?: Readonly<Record<string, unknown>>, options?: RunOptions): Promise<RunResult>;
}

type RunOptions = Parameters<Worker["run"]>[2];

/** What the suites work with. */
export function createSubject(module: Module, options: ConformanceOptions): Subject {
  const { load, call } = splitParams(module.manifest, options.params ?? {});
  const device = options.device ?? "cpu";
  const settings = options.settings ? { settings: options.settings } : {};
  return {
    module,
    axes: options.axes ?? module.manifest.accepts.axes,
    params: call,
    settings,
    start: (more = {}) =>
      module.start({
        device,
        ...settings,
        ...more,
        params: { ...load, ...more.params },
      }),
    run: (worker, image, params = {}, runOptions = {}) => worker.run(image, { ...call, ...params }, runOptions),
  };
}
