import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { findMapper, type Mapping } from "./mapping.ts";

/** Node refuses single reads and writes of 2 GiB and more. */
export const chunkBytes = 1 << 30;

const outOfSpace = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** A file that this process fills and workers read. It grows, never shrinks, and is mapped where that can be. */
export interface SlotFile {
  readonly path: string;
  /** Bytes that are there. */
  readonly capacity: number;
  /** Null where files are not mapped, and before the first write. */
  readonly mapping: Mapping | null;
  /** False when somebody deleted it, so that no new process would find it, or cut it off, so that touching its mapping would end this one. */
  isWhole(): boolean;
  /** Writes the parts one after another from the start. False when the file system is full; then the file is as large as before. */
  write(...parts: readonly Uint8Array[]): boolean;
  /** Makes room, as zeros that are really there, for as many bytes. False when the file system is full. */
  reserve(bytes: number): boolean;
  close(): void;
}

/** @throws the system's error when the file cannot be made. */
export function createSlotFile(folder: string, name: string): SlotFile {
  const path = join(folder, name);
  const descriptor = openSync(path, "wx+", 0o600);
  let capacity = 0;
  let mapping: Mapping | null = null;

  function unmap(): void {
    mapping?.memory.buffer.transfer();
    mapping?.unmap();
    mapping = null;
  }
  function grow(parts: Iterable<Uint8Array>, from: number): boolean {
    let position = from;
    try {
      for (const part of parts) position = writeFully(descriptor, part, position);
    } catch (error) {
      if (!outOfSpace.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      ftruncateSync(descriptor, capacity);
      return false;
    }
    capacity = Math.max(capacity, position);
    if (mapping === null || mapping.bytes < capacity) {
      unmap();
      mapping = findMapper().mapper?.map(descriptor, capacity) ?? null;
    }
    return true;
  }
  return {
    path,
    get capacity() {
      return capacity;
    },
    get mapping() {
      return mapping;
    },
    isWhole() {
      const { nlink, size } = fstatSync(descriptor);
      return nlink > 0 && size >= capacity;
    },
    write(...parts) {
      const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (mapping === null || mapping.bytes < bytes) return grow(parts, 0);
      let position = 0;
      for (const part of parts) {
        mapping.memory.set(part, position);
        position += part.byteLength;
      }
      return true;
    },
    reserve: (bytes) => grow(zeros(bytes - capacity), capacity),
    close() {
      unmap();
      closeSync(descriptor);
    },
  };
}

/** A full file system makes a short write first and an error only at the next one. */
function writeFully(descriptor: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(descriptor, bytes, done, Math.min(chunkBytes, bytes.byteLength - done), position + done);
  }
  return position + done;
}

function* zeros(bytes: number): Generator<Uint8Array> {
  const block = new Uint8Array(Math.min(2 ** 20, Math.max(0, bytes)));
  for (let left = bytes; left > 0; left -= block.byteLength) yield block.subarray(0, left);
}
