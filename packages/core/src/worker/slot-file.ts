import { closeSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { join } from "node:path";
import { writeBytes, writeBytesSync } from "./file-bytes.ts";
import { findMapper, type Mapping } from "./mapping.ts";

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
  write(...parts: readonly Uint8Array[]): Promise<boolean>;
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
  /** Back to what was there, when the file system is full. */
  function shrink(error: unknown): false {
    if (!outOfSpace.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    ftruncateSync(descriptor, capacity);
    return false;
  }
  function grown(bytes: number): true {
    capacity = Math.max(capacity, bytes);
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
    async write(...parts) {
      const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const memory = mapping !== null && mapping.bytes >= bytes ? mapping.memory : null;
      let position = 0;
      try {
        for (const part of parts) {
          if (memory === null) await writeBytes(descriptor, part, position);
          else memory.set(part, position);
          position += part.byteLength;
        }
      } catch (error) {
        return shrink(error);
      }
      return grown(bytes);
    },
    reserve(bytes) {
      const zeros = new Uint8Array(2 ** 20);
      try {
        for (let position = capacity; position < bytes; position += zeros.byteLength) {
          writeBytesSync(descriptor, zeros.subarray(0, bytes - position), position);
        }
      } catch (error) {
        return shrink(error);
      }
      return grown(bytes);
    },
    close() {
      unmap();
      closeSync(descriptor);
    },
  };
}
