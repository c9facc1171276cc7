import { setTimeout as delay } from "node:timers/promises";
import { type Image, isParfocalError, type Pool } from "@parfocal/core";

/** Whole numbers from 0 to below n, the same in every run. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Kinds of calls and how many of a hundred are of each; the rest are ordinary. */
const oddities = { wait: 6, raise: 5, print: 5, unfit: 4, exit: 1 };

function pickWork(random: Random): string {
  let left = random(100);
  for (const [work, share] of Object.entries(oddities)) {
    if (left < share) return work;
    left -= share;
  }
  return "cast";
}

/**
 * One call of a random kind.
 * @returns "done", or the code of its error
 * @throws Error when labels are wrong or something else than a ParfocalError comes.
 */
export async function callOnce(pool: Pool, random: Random): Promise<string> {
  const work = pickWork(random);
  const height = 1 + random(300);
  const width = 1 + random(300);
  const data = Uint16Array.from({ length: height * width }, (_, index) => Math.imul(index, 40503) ^ height);
  const image: Image = { data, shape: [height, width], dtype: "uint16", axes: work === "unfit" ? "cx" : "yx" };
  const stop = new AbortController();
  const timer = work === "wait" || random(10) === 0 ? setTimeout(() => stop.abort(), random(40)) : null;
  const signal = stop.signal;
  const params = { work: work === "unfit" ? "cast" : work };
  try {
    if (random(2) === 0) {
      using result = await pool.run(image, params, { signal, lease: true });
      if (random(20) === 0) await delay(random(20)); // somebody who keeps it for a while
      check(result.labels.data, data);
    } else {
      const result = await pool.run(image, params, { signal });
      check(result.labels.data, data);
    }
    return "done";
  } catch (error) {
    if (isParfocalError(error)) return error.code;
    throw error;
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

function check(labels: Int32Array, pixels: Uint16Array): void {
  if (labels.length !== pixels.length) throw new Error(`${labels.length} labels for ${pixels.length} pixels`);
  for (let index = 0; index < labels.length; index += 1) {
    if (labels[index] !== pixels[index]) throw new Error(`label ${index} is ${labels[index]}, not ${pixels[index]}`);
  }
}
