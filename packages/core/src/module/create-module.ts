import type { Labels } from "../contract/array.ts";
import type { Module } from "../contract/module.ts";
import { checkImage } from "./adapt-image.ts";
import { checkKind } from "./create-kinds.ts";
import type { ModuleHandle } from "./manifest.ts";
import { resolveParams, splitParams } from "./params.ts";

/** A runnable module around a handle that is made when it is first needed. */
export function createModule<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  identity: { readonly name: string; readonly version: string },
  handleOf: () => ModuleHandle,
): Module<P, O> {
  const module: Module<P, O> = {
    name: identity.name,
    version: identity.version,
    get handle() {
      return handleOf();
    },
    get manifest() {
      return handleOf().manifest;
    },
    async start(options = {}) {
      checkKind(module, "segmenter");
      const { startWorker } = await import("../worker/start-worker.ts");
      return startWorker<P, O>(handleOf(), options);
    },
    async run(image, params = {}, options = {}) {
      const { signal, onProgress, keepRaw, timeoutMs, hashInput, keepFilesIn, ...startOptions } = options;
      checkKind(module, "segmenter");
      const { manifest } = handleOf();
      resolveParams(manifest, params); // what is wrong is said before an environment is built or Python starts
      checkImage(image, manifest);
      const { load, call } = splitParams(manifest, params);
      const shared = { ...(signal && { signal }), ...(keepFilesIn && { keepFilesIn }) };
      await using worker = await module.start({ ...startOptions, ...shared, params: load as Partial<P> });
      return await worker.run(image, call as Partial<P>, {
        ...shared,
        ...(onProgress && { onProgress }),
        ...(keepRaw !== undefined && { keepRaw }),
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(hashInput !== undefined && { hashInput }),
      });
    },
  };
  return module;
}
