import { mkdirSync } from "node:fs";
import { byteCount, bytesOf } from "../array/nd-array.ts";
import { formatNpyHeader } from "../array/npy-header.ts";
import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { type Arena, freeBytes } from "./arena.ts";
import { slotsFull } from "./image-slot.ts";
import type { SlotRef } from "./messages.ts";
import { createSlotFile, type SlotFile } from "./slot-file.ts";

/** The slot through which one worker gets its images. It grows, and is used again once the call is over. */
export interface InputSlot {
  /**
   * Writes an array.
   * @returns how messages name it, and what the caller should know of how it was written.
   * @throws ParfocalError SLOTS_FULL when neither shared memory nor the disk has room.
   */
  write(array: NdArray): Promise<{ readonly ref: SlotRef; readonly warning: string | null }>;
  /** Once nothing is being written any more. */
  close(): Promise<void>;
}

export function createInputSlot(arena: Arena, prefix: string): InputSlot {
  let shared: SlotFile | null = null;
  let onDisk: SlotFile | null = null;
  let generation = 0;
  let files = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const newName = () => `${prefix}-in${++files}.npy`;

  async function writeShared(header: Uint8Array, data: Uint8Array): Promise<string | null> {
    shared = usable(shared);
    const growth = header.byteLength + data.byteLength - (shared?.capacity ?? 0);
    if (growth > 0 && freeBytes(arena.folder) < growth) return null;
    shared ??= createSlotFile(arena.folder, newName());
    return (await shared.write(header, data)) ? shared.path : null;
  }
  async function writeOnDisk(header: Uint8Array, data: Uint8Array): Promise<string | null> {
    mkdirSync(arena.fallback, { recursive: true, mode: 0o700 });
    onDisk = usable(onDisk) ?? createSlotFile(arena.fallback, newName());
    return (await onDisk.write(header, data)) ? onDisk.path : null;
  }
  async function write(array: NdArray): Promise<{ ref: SlotRef; warning: string | null }> {
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
    const path = await writeShared(header, data);
    if (path !== null) return { ref: { ...reference, path }, warning: null };
    const fallback = await writeOnDisk(header, data);
    if (fallback === null) throw slotsFull(arena, data.byteLength);
    const warning = `shared memory is full (${arena.folder}): the image of ${data.byteLength} bytes went through a file in ${arena.fallback}`;
    return { ref: { ...reference, path: fallback }, warning };
  }
  return {
    write(array) {
      const written = write(array);
      writing = written.catch(() => {});
      return written;
    },
    async close() {
      await writing;
      shared?.close();
      onDisk?.close();
      shared = null;
      onDisk = null;
    },
  };
}

function usable(file: SlotFile | null): SlotFile | null {
  if (file === null || file.isWhole()) return file;
  file.close();
  return null;
}
