import { closeSync, fstatSync, openSync } from "node:fs";
import { writtenHeaderBytes } from "../array/npy-header.ts";
import type { GiveBack } from "./lease.ts";
import { findMapper, type Mapping } from "./mapping.ts";
import { ProtocolFault, type SlotRef } from "./messages.ts";

/** A slot of a worker as memory of this process. */
export interface MappedSlot {
  readonly memory: Uint8Array;
  /** A buffer over it that stays good until `end`, whatever becomes of the worker. */
  hold(): { readonly buffer: ArrayBuffer; readonly end: GiveBack };
}

/** The slots of one worker process, each mapped once. */
export interface MappedSlots {
  /**
   * @returns null where files are not mapped.
   * @throws ProtocolFault when the file is gone or holds fewer bytes: reading its mapping would end this process.
   */
  find(ref: SlotRef): MappedSlot | null;
  /** Gives up all of them; those that are held are unmapped when they no longer are. */
  close(): void;
}

interface Entry extends MappedSlot {
  readonly bytes: number;
  readonly descriptor: number;
  drop(): void;
}

export function createMappedSlots(): MappedSlots {
  const entries = new Map<string, Entry>();

  function drop(path: string): void {
    entries.get(path)?.drop();
    entries.delete(path);
  }
  return {
    find(ref) {
      const { path } = ref;
      const { mapper } = findMapper();
      if (mapper === null) return null;
      const known = entries.get(path);
      if (known !== undefined && known.bytes >= writtenHeaderBytes + ref.bytes) {
        const { size, nlink } = fstatSync(known.descriptor);
        if (nlink > 0 && size >= known.bytes) return known;
      }
      drop(path);
      // a worker deletes slots that became too small before it makes larger ones
      for (const [other, { descriptor }] of entries) if (fstatSync(descriptor).nlink === 0) drop(other);
      const entry = openEntry(ref, (descriptor, size) => mapper.map(descriptor, size));
      entries.set(path, entry);
      return entry;
    },
    close() {
      for (const path of [...entries.keys()]) drop(path);
    },
  };
}

function openEntry(ref: SlotRef, map: (descriptor: number, bytes: number) => Mapping): Entry {
  const descriptor = open(ref.path);
  try {
    const { size } = fstatSync(descriptor);
    if (size < writtenHeaderBytes + ref.bytes) throw cutOff(ref, size);
    return createEntry(descriptor, map(descriptor, size));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function createEntry(descriptor: number, mapping: Mapping): Entry {
  // A new buffer over the mapping counts with all its bytes for the garbage collector, which would then run every few calls.
  const spare: ArrayBuffer[] = [];
  let holders = 0;
  let dropped = false;
  const settle = () => {
    if (!dropped || holders > 0) return;
    spare.length = 0;
    mapping.memory.buffer.transfer();
    mapping.unmap();
  };
  return {
    bytes: mapping.bytes,
    descriptor,
    memory: mapping.memory,
    hold() {
      holders += 1;
      const end: GiveBack = (buffer) => {
        if (buffer !== null) spare.push(buffer);
        holders -= 1;
        settle();
      };
      return { buffer: spare.pop() ?? mapping.view(), end };
    },
    drop() {
      closeSync(descriptor);
      dropped = true;
      settle();
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    throw new ProtocolFault(`slot ${path} cannot be read: ${(error as Error).message}`);
  }
}

/** A slot that is shorter than its array. */
export function cutOff({ path, bytes }: SlotRef, size: number): ProtocolFault {
  return new ProtocolFault(`slot ${path} is cut off: ${Math.max(0, size - writtenHeaderBytes)} of ${bytes} bytes`);
}
