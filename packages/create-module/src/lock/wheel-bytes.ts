import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { findZipDirectory, httpGet, readZipEntries } from "@parfocal/core";
import type { Wheel } from "./compile.ts";
import { throwIfCancelled } from "./run-uv.ts";

/** Bytes that some wheels take; null when they cannot be known. */
export type Scale = (
  wheels: readonly Wheel[],
) => Promise<{ readonly downloadBytes: number | null; readonly installedBytes: number | null }>;

const tailBytes = 66_000;

interface Answer {
  readonly body: Buffer;
  /** True when the server sent the whole file. */
  readonly whole: boolean;
}

type GetRange = (location: string, range: string) => Promise<Answer>;

/** Node's own fetch keeps its connections, which many small requests are faster for; where it fails there may be a proxy, which core knows. */
function createGetRange(signal: AbortSignal | undefined): GetRange {
  let isFetchable = true;
  const answer = async (status: number, body: () => Promise<Buffer>): Promise<Answer> => {
    if (status !== 200 && status !== 206) throw new Error(`the server answered ${status}`);
    return { body: await body(), whole: status === 200 };
  };
  return async (location, range) => {
    const headers = { range: `bytes=${range}` };
    const response = isFetchable ? await fetch(location, { headers, ...(signal && { signal }) }).catch(() => null) : null;
    if (response !== null) return answer(response.status, async () => Buffer.from(await response.arrayBuffer()));
    isFetchable = false;
    const other = await httpGet(location, { headers, answerMs: 30_000, signal });
    return answer(other.statusCode ?? 0, () => buffer(other)).finally(() => other.destroy());
  };
}

/** Sources count twice: the bytecode that is compiled from them is about as large. */
function sum(directory: Buffer): number {
  return readZipEntries(directory).reduce((bytes, entry) => bytes + entry.bytes * (entry.name.endsWith(".py") ? 2 : 1), 0);
}

/** Bytes that a wheel takes once it is installed and compiled, read from the directory at its end. */
async function unpackedBytes(wheel: Wheel, getRange: GetRange): Promise<number> {
  const isLocal = !/^https?:/.test(wheel.location);
  const tail = isLocal
    ? { body: await readFile(wheel.location.startsWith("file:") ? new URL(wheel.location) : wheel.location), whole: true }
    : await getRange(wheel.location, `-${tailBytes}`);
  const found = findZipDirectory(tail.body);
  if (!found) throw new Error(`${wheel.file} does not end as a zip archive does`);
  if (tail.whole) return sum(tail.body.subarray(found.offset, found.offset + found.bytes));
  const end = tail.body.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (found.bytes <= end) return sum(tail.body.subarray(end - found.bytes, end));
  return sum((await getRange(wheel.location, `${found.offset}-${found.offset + found.bytes - 1}`)).body);
}

function addUp(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce<number | null>((total, bytes) => (total === null || bytes === null ? null : total + bytes), 0);
}

/**
 * Measures wheels, each once however many locks have it. What cannot be measured, because the index hands wheels to uv alone, has
 * null for its size: a lock is good without.
 *
 * @param onProblem hears of the first wheel that could not be measured.
 */
export function createWheelScale(onProblem: (message: string) => void, signal?: AbortSignal): Scale {
  const getRange = createGetRange(signal);
  const known = new Map<string, Promise<number | null>>();
  let running = 0;
  let hasProblem = false;
  const waiting: (() => void)[] = [];
  const limited = async (wheel: Wheel): Promise<number | null> => {
    if (running >= 8) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      // after one failure the rest would fail as slowly
      return hasProblem ? null : await unpackedBytes(wheel, getRange);
    } catch (error) {
      throwIfCancelled(signal);
      if (!hasProblem) onProblem(`sizes are left out of the lock: ${wheel.file} could not be measured: ${textOf(error)}`);
      hasProblem = true;
      return null;
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
  return async (wheels) => {
    const installed = wheels.map((wheel) => {
      const bytes = known.get(wheel.sha256) ?? limited(wheel);
      known.set(wheel.sha256, bytes);
      return bytes;
    });
    return { downloadBytes: addUp(wheels.map(({ bytes }) => bytes)), installedBytes: addUp(await Promise.all(installed)) };
  };
}

function textOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
