import { read, readSync, write, writeSync } from "node:fs";

/** Node refuses single reads and writes of 2 GiB and more. */
const chunkBytes = 1 << 30;

/** From here on two threads copy, half each, and Node's own thread is free meanwhile. */
const largeBytes = 1 << 20;

/** Reads or writes some bytes at a position; how many it did. */
type Step = (bytes: Uint8Array, position: number) => Promise<number>;

/**
 * Writes bytes to an open file.
 * @throws the system's error; a full file system makes a short write first and an error only at the next one.
 */
export async function writeBytes(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  if (bytes.byteLength < largeBytes) writeBytesSync(descriptor, bytes, position);
  else await inHalves(bytes, position, (part, at) => promised((done) => write(descriptor, part, 0, part.byteLength, at, done)));
}

/** As {@link writeBytes}, at once. */
export function writeBytesSync(descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(descriptor, bytes, done, Math.min(chunkBytes, bytes.byteLength - done), position + done);
  }
}

/**
 * Fills bytes from an open file.
 * @returns false when the file ends before.
 * @throws the system's error.
 */
export async function readBytes(descriptor: number, bytes: Uint8Array, position: number): Promise<boolean> {
  if (bytes.byteLength < largeBytes) return readSync(descriptor, bytes, 0, bytes.byteLength, position) === bytes.byteLength;
  return inHalves(bytes, position, (part, at) => promised((done) => read(descriptor, part, 0, part.byteLength, at, done)));
}

/** False when a step does nothing. */
async function inHalves(bytes: Uint8Array, position: number, step: Step): Promise<boolean> {
  const middle = Math.ceil(bytes.byteLength / 2 / 4096) * 4096;
  const work = async (from: number, to: number) => {
    for (let at = from; at < to; ) {
      const done = await step(bytes.subarray(at, Math.min(to, at + chunkBytes)), position + at);
      if (done === 0) return false;
      at += done;
    }
    return true;
  };
  // both to their ends, also when one fails: nobody may close the file under the other
  const outcomes = await Promise.allSettled([work(0, middle), work(middle, bytes.byteLength)]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return outcomes.every((outcome) => outcome.status === "fulfilled" && outcome.value);
}

function promised(call: (done: (error: Error | null, bytes: number) => void) => void): Promise<number> {
  return new Promise((resolve, reject) => call((error, bytes) => (error === null ? resolve(bytes) : reject(error))));
}
