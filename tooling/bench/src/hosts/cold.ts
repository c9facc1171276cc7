import type { Host } from "./host.ts";

/** Milliseconds from before the host's process exists to the labels of its first image. */
export async function startCold(start: () => Host, shape: readonly number[]): Promise<number> {
  const since = performance.now();
  const host = start();
  try {
    await host.prepare(shape);
    await host.run("cast", 1);
    return performance.now() - since;
  } finally {
    await host.close();
  }
}
