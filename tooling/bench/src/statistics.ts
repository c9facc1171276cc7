/** Smallest, middle and 95th percentile of some measurements. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  const middle = sorted.length / 2;
  const p50 = Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
  return { n: samples.length, min: sorted[0]!, p50, p95: at(0.95) };
}

/** Milliseconds that an action takes. */
export async function time(action: () => Promise<unknown> | unknown): Promise<number> {
  const since = performance.now();
  await action();
  return performance.now() - since;
}

/**
 * Measures several ways of doing one thing in turns, so that what else the machine does falls on all of them alike.
 * The order within a turn is reversed every time. One turn before the first is not counted.
 */
export async function interleave<K extends string>(
  turns: number,
  ways: Readonly<Record<K, () => Promise<number>>>,
  { warmUp = true }: { readonly warmUp?: boolean } = {},
): Promise<Record<K, number[]>> {
  const names = Object.keys(ways) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let turn = warmUp ? -1 : 0; turn < turns; turn += 1) {
    for (const name of turn % 2 === 0 ? names : [...names].reverse()) {
      const sample = await ways[name]();
      if (turn >= 0) samples[name].push(sample);
    }
  }
  return samples;
}
