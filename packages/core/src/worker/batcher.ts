import type { Image } from "../contract/array.ts";
import type { BatchOptions, RunOptions, RunResult } from "../contract/run.ts";
import { isParfocalError } from "../errors/parfocal-error.ts";

/** What a batcher is made of. */
export interface Runners<P, O> {
  run(image: Image, params?: Partial<P>, options?: RunOptions): Promise<RunResult<O>>;
  runMany(images: readonly Image[], params?: Partial<P>, options?: BatchOptions): Promise<RunResult<O>[]>;
}

interface Waiting<O> {
  readonly image: Image;
  readonly kind: string;
  resolve(result: RunResult<O> | Promise<RunResult<O>>): void;
  reject(error: unknown): void;
}

/** Failures that concern no single image. */
const general = ["CANCELLED", "WORKER_CLOSED", "BUSY", "DAEMON_UNREACHABLE", "DAEMON_INCOMPATIBLE"] as const;

/**
 * Runs images one by one as long as none has to wait, and those that waited meanwhile together. So nothing is held back to fill a batch.
 *
 * @param size images in one call at most
 * @param lanes calls at once: as many as there are workers
 */
export function createBatcher<P, O>(
  runners: Runners<P, O>,
  params: Partial<P> | undefined,
  options: BatchOptions,
  { size, lanes }: { readonly size: number; readonly lanes: number },
): (image: Image) => Promise<RunResult<O>> {
  const waiting: Waiting<O>[] = [];
  let running = 0;

  async function runGroup(group: readonly Waiting<O>[]): Promise<void> {
    try {
      const results = await runners.runMany(
        group.map(({ image }) => image),
        params,
        options,
      );
      for (const [index, { resolve }] of group.entries()) resolve(results[index]!);
    } catch (error) {
      if (group.length === 1 || general.some((code) => isParfocalError(error, code))) {
        for (const { reject } of group) reject(error);
        return;
      }
      for (const { image, resolve, reject } of group) {
        await runners.run(image, params, options).then(resolve, reject); // so that the failure is that of one
      }
    }
  }
  function flush(): void {
    while (running < lanes && waiting.length > 0) {
      const { kind } = waiting[0]!;
      const group = waiting.filter((item) => item.kind === kind).slice(0, size);
      for (const item of group) waiting.splice(waiting.indexOf(item), 1);
      running += 1;
      void runGroup(group).finally(() => {
        running -= 1;
        flush();
      });
    }
  }
  return (image) =>
    new Promise((resolve, reject) => {
      waiting.push({ image, kind: `${image.dtype} ${image.axes} ${image.shape.join()}`, resolve, reject });
      queueMicrotask(flush); // images that come together go together
    });
}
