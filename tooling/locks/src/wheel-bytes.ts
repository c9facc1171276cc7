import { readFile } from "node:fs/promises";
import { findZipDirectory, readZipEntries } from "@parfocal/core";
import type { Wheel } from "./compile.ts";

const tailBytes = 66_000;

async function fetchRange(location: string, range: string): Promise<{ body: Buffer; whole: boolean }> {
  const response = await fetch(location, { headers: { range: `bytes=${range}` } });
  if (!response.ok) throw new Error(`a wheel could not be read: the server answered ${response.status}`);
  return { body: Buffer.from(await response.arrayBuffer()), whole: response.status === 200 };
}

/** Sources count twice: the bytecode that is compiled from them is about as large. */
function sum(directory: Buffer): number {
  return readZipEntries(directory).reduce((bytes, entry) => bytes + entry.bytes * (entry.name.endsWith(".py") ? 2 : 1), 0);
}

/** Bytes that a wheel takes once it is installed and compiled, read from the directory at its end. */
async function unpackedBytes(wheel: Wheel): Promise<number> {
  const isLocal = !/^https?:/.test(wheel.location);
  const tail = isLocal
    ? { body: await readFile(wheel.location.startsWith("file:") ? new URL(wheel.location) : wheel.location), whole: true }
    : await fetchRange(wheel.location, `-${tailBytes}`);
  const found = findZipDirectory(tail.body);
  if (!found) throw new Error(`${wheel.file} does not end as a zip archive does`);
  if (tail.whole) return sum(tail.body.subarray(found.offset, found.offset + found.bytes));
  const end = tail.body.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (found.bytes <= end) return sum(tail.body.subarray(end - found.bytes, end));
  return sum((await fetchRange(wheel.location, `${found.offset}-${found.offset + found.bytes - 1}`)).body);
}

/** Measures wheels, each once however many locks have it. */
export function createWheelScale(): (
  wheels: readonly Wheel[],
) => Promise<{ downloadBytes: number | null; installedBytes: number }> {
  const known = new Map<string, Promise<number>>();
  let running = 0;
  const waiting: (() => void)[] = [];
  const limited = async (wheel: Wheel): Promise<number> => {
    if (running >= 8) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await unpackedBytes(wheel);
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
    const sizes = wheels.map(({ bytes }) => bytes);
    return {
      downloadBytes: sizes.includes(null) ? null : sizes.reduce<number>((total, bytes) => total + (bytes ?? 0), 0),
      installedBytes: (await Promise.all(installed)).reduce((total, bytes) => total + bytes, 0),
    };
  };
}
