import { closeSync, openSync, readSync } from "node:fs";
import { bytesPerElement, typedArrayOver } from "../array/dtype.ts";
import { elementCount } from "../array/nd-array.ts";
import { formatNpyHeader, writtenHeaderBytes } from "../array/npy-header.ts";
import type { NdArray } from "../contract/array.ts";
import { type Arena, isInArena } from "./arena.ts";
import { chunkBytes } from "./input-slot.ts";
import { ProtocolFault, type SlotRef } from "./messages.ts";

/** Checks and reads the slots of one worker process. */
export interface OutputReader {
  /**
   * Checks a slot that a result names, without reading it.
   * @throws ProtocolFault when it lies elsewhere, is named with a generation that was used before, or has sizes that do not fit.
   */
  accept(ref: SlotRef): void;
  /**
   * Copies an accepted slot into private memory.
   * @throws ProtocolFault when the slot is gone, cut off, or holds another array than the message says.
   */
  read(ref: SlotRef): NdArray;
}

export function createOutputReader(arena: Arena): OutputReader {
  const generations = new Map<string, number>();
  return {
    accept(ref) {
      const { path, generation, dtype, shape, bytes } = ref;
      if (!isInArena(arena, path)) throw new ProtocolFault(`slot ${path} is not in the arena ${arena.folder}`);
      const last = generations.get(path) ?? 0;
      if (generation <= last) throw new ProtocolFault(`slot ${path} came with generation ${generation} after ${last}`);
      const count = elementCount(shape);
      if (count === null || count * bytesPerElement(dtype) !== bytes) {
        throw new ProtocolFault(`slot ${path}: ${bytes} bytes for ${dtype} (${shape.join(", ")})`);
      }
      generations.set(path, generation);
    },
    read(ref) {
      const { path, dtype, shape, bytes } = ref;
      const header = new Uint8Array(writtenHeaderBytes);
      const data = Buffer.allocUnsafeSlow(bytes);
      try {
        const descriptor = openSync(path, "r");
        try {
          readFully(descriptor, header, 0, path);
          readFully(descriptor, data, writtenHeaderBytes, path);
        } finally {
          closeSync(descriptor);
        }
      } catch (error) {
        if (error instanceof ProtocolFault) throw error;
        throw new ProtocolFault(`slot ${path} cannot be read: ${(error as Error).message}`);
      }
      const expected = formatNpyHeader(dtype, shape);
      if (expected === null || Buffer.compare(expected, header) !== 0) {
        throw new ProtocolFault(`slot ${path} does not hold the ${dtype} (${shape.join(", ")}) that the message says`);
      }
      return { data: typedArrayOver(dtype, data.buffer, 0, bytes / bytesPerElement(dtype)), shape, dtype };
    },
  };
}

function readFully(descriptor: number, bytes: Uint8Array, position: number, path: string): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const read = readSync(descriptor, bytes, done, Math.min(chunkBytes, bytes.byteLength - done), position + done);
    if (read === 0) throw new ProtocolFault(`slot ${path} is cut off: ${done} of ${bytes.byteLength} bytes`);
    done += read;
  }
}
