import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { byteCount, bytesOf } from "../array/nd-array.ts";
import { formatNpyHeader, writtenHeaderBytes } from "../array/npy-header.ts";
import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { type Arena, freeBytes } from "./arena.ts";
import type { SlotRef } from "./messages.ts";

/** Node refuses single reads and writes of 2 GiB and more. */
export const chunkBytes = 1 << 30;

const outOfSpace = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The slot through which one worker gets its images. It grows, and is used again once the call is over. */
export interface InputSlot {
  /**
   * Writes an array.
   * @returns how messages name it, and what the caller should know of how it was written.
   * @throws ParfocalError SLOTS_FULL when neither shared memory nor the disk has room.
   */
  write(array: NdArray): { readonly ref: SlotRef; readonly warning: string | null };
  close(): void;
}

interface SlotFile {
  readonly path: string;
  readonly descriptor: number;
  /** Bytes that are there; never given back while the worker may have them mapped. */
  capacity: number;
}

export function createInputSlot(arena: Arena, prefix: string): InputSlot {
  let shared: SlotFile | null = null;
  let onDisk: SlotFile | null = null;
  let generation = 0;
  let files = 0;
  const newName = () => `${prefix}-in${++files}.npy`;

  function writeShared(header: Uint8Array, data: Uint8Array): string | null {
    shared = usable(shared);
    const growth = header.byteLength + data.byteLength - (shared?.capacity ?? 0);
    if (growth > 0 && freeBytes(arena.folder) < growth) return null;
    shared ??= openSlot(arena.folder, newName());
    return fill(shared, header, data) ? shared.path : null;
  }
  function writeOnDisk(header: Uint8Array, data: Uint8Array): string | null {
    mkdirSync(arena.fallback, { recursive: true, mode: 0o700 });
    onDisk = usable(onDisk) ?? openSlot(arena.fallback, newName());
    return fill(onDisk, header, data) ? onDisk.path : null;
  }
  return {
    write(array) {
      const { dtype, shape } = array;
      const header = formatNpyHeader(dtype, shape);
      if (header === null) {
        const hint = "give an image with fewer dimensions";
        throw new ParfocalError("INPUT_REJECTED", `an array with ${shape.length} dimensions cannot be sent`, {
          hint,
          details: {},
        });
      }
      const data = bytesOf(array);
      generation += 1;
      const reference = { generation, dtype, shape: [...shape], bytes: byteCount(array) };
      const path = writeShared(header, data);
      if (path !== null) return { ref: { ...reference, path }, warning: null };
      const fallback = writeOnDisk(header, data);
      if (fallback === null) throw slotsFull(arena, data.byteLength);
      const warning = `shared memory is full (${arena.folder}): the image of ${data.byteLength} bytes went through a file in ${arena.fallback}`;
      return { ref: { ...reference, path: fallback }, warning };
    },
    close() {
      for (const file of [shared, onDisk]) if (file !== null) closeSync(file.descriptor);
      shared = null;
      onDisk = null;
    },
  };
}

/** Null for a slot that somebody has deleted: its memory is still there, but no new process would find it. */
function usable(slot: SlotFile | null): SlotFile | null {
  if (slot === null || fstatSync(slot.descriptor).nlink > 0) return slot;
  closeSync(slot.descriptor);
  return null;
}

function openSlot(folder: string, name: string): SlotFile {
  const path = join(folder, name);
  return { path, descriptor: openSync(path, "wx+", 0o600), capacity: 0 };
}

/** False when the file system is full; then the slot is as large as before. */
function fill(slot: SlotFile, header: Uint8Array, data: Uint8Array): boolean {
  try {
    writeFully(slot.descriptor, header, 0);
    writeFully(slot.descriptor, data, header.byteLength);
  } catch (error) {
    if (!outOfSpace.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    ftruncateSync(slot.descriptor, slot.capacity);
    return false;
  }
  slot.capacity = Math.max(slot.capacity, header.byteLength + data.byteLength);
  return true;
}

/** A full file system makes a short write first and an error only at the next one. */
function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(descriptor, bytes, done, Math.min(chunkBytes, bytes.byteLength - done), position + done);
  }
}

function slotsFull(arena: Arena, bytes: number): ParfocalError<"SLOTS_FULL"> {
  return new ParfocalError("SLOTS_FULL", `no room for an image of ${bytes} bytes in ${arena.folder} or ${arena.fallback}`, {
    hint: `free ${bytes + writtenHeaderBytes} bytes in shared memory or in the temporary folder`,
  });
}
