import type { MeasurerModule, ModuleBase, ReaderModule } from "../contract/module.ts";
import type { StartOptions } from "../contract/worker.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "./manifest.ts";

type Identity = Pick<ModuleBase, "name" | "version">;

/** A measurer around a handle that is made when it is first needed. */
export function createMeasurerModule<P = Readonly<Record<string, unknown>>>(
  identity: Identity,
  handleOf: () => ModuleHandle,
): MeasurerModule<P> {
  return {
    ...baseOf(identity, handleOf),
    async start(options = {}) {
      const [{ startWith }, { createMeasurer }] = await Promise.all([
        import("../worker/start-worker.ts"),
        import("../worker/measurer.ts"),
      ]);
      return startWith(createMeasurer<P>, handleOf(), options as StartOptions);
    },
  };
}

/** A reader around a handle that is made when it is first needed. */
export function createReaderModule<P = Readonly<Record<string, unknown>>>(
  identity: Identity,
  handleOf: () => ModuleHandle,
): ReaderModule<P> {
  return {
    ...baseOf(identity, handleOf),
    async start(options = {}) {
      const [{ startWith }, { createReader }] = await Promise.all([
        import("../worker/start-worker.ts"),
        import("../worker/reader.ts"),
      ]);
      return startWith(createReader<P>, handleOf(), options as StartOptions);
    },
  };
}

/**
 * A module that was found or read from its folder, with the operations of a measurer.
 *
 * @throws ParfocalError NOT_SUPPORTED when it is of another kind.
 */
export function asMeasurer(module: ModuleBase): MeasurerModule {
  checkKind(module, "measurer");
  return createMeasurerModule(module, () => module.handle);
}

/**
 * A module that was found or read from its folder, with the operations of a reader.
 *
 * @throws ParfocalError NOT_SUPPORTED when it is of another kind.
 */
export function asReader(module: ModuleBase): ReaderModule {
  checkKind(module, "reader");
  return createReaderModule(module, () => module.handle);
}

/** @throws ParfocalError NOT_SUPPORTED when a module is of another kind. */
export function checkKind({ name, manifest }: ModuleBase, kind: ModuleHandle["manifest"]["kind"]): void {
  if (manifest.kind === kind) return;
  throw new ParfocalError("NOT_SUPPORTED", `${name} is a ${manifest.kind}, not a ${kind}`, {
    hint: `choose a ${kind}; \`parfocal list\` says what each module is`,
  });
}

function baseOf({ name, version }: Identity, handleOf: () => ModuleHandle): ModuleBase {
  return Object.defineProperties({ name, version } as ModuleBase, {
    handle: { get: handleOf, enumerable: true },
    manifest: { get: () => handleOf().manifest, enumerable: true },
  });
}
