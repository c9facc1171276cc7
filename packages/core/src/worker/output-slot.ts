import { closeSync, fstatSync, openSync } from "node:fs";
import { bytesPerElement, holdsDType, typedArrayOver } from "../array/dtype.ts";
import { elementCount } from "../array/nd-array.ts";
import { formatNpyHeader, writtenHeaderBytes } from "../array/npy-header.ts";
import type { NdArray } from "../contract/array.ts";
import { type Arena, isInArena } from "./arena.ts";
import { readBytes } from "./file-bytes.ts";
import { createLease, type Lease } from "./lease.ts";
import { createMappedSlots, cutOff } from "./mapped-slots.ts";
import { ProtocolFault, type SlotRef } from "./messages.ts";
import { rememberSlot } from "./slot-place.ts";

/** Folders in which a process makes its slots. */
export type SlotPlaces = Pick<Arena, "folder" | "fallback">;

/** Checks and reads the slots of one worker process. */
export interface OutputReader {
  /**
   * Checks a slot that a result names, without reading it.
   * @throws ProtocolFault when it lies elsewhere, is named with a generation that was used before, or has sizes that do not fit.
   */
  accept(ref: SlotRef): void;
  /**
   * Copies an accepted slot into private memory.
   * @param into memory to use when it is of the dtype and large enough
   * @throws ProtocolFault when the slot is gone, cut off, or holds another array than the message says.
   */
  read(ref: SlotRef, into?: ArrayBufferView): Promise<NdArray>;
  /**
   * The array in an accepted slot itself; a private copy where slots are not mapped.
   * @param giveBack called once, when the worker may have the slot again
   * @throws ProtocolFault as `read`.
   */
  lease(ref: SlotRef, giveBack: () => void): Promise<Lease>;
  /** The process is gone; what is leased stays good until it is given back. */
  close(): void;
}

export function createOutputReader(arena: SlotPlaces): OutputReader {
  const generations = new Map<string, number>();
  const mapped = createMappedSlots();

  async function read(ref: SlotRef, into?: ArrayBufferView): Promise<NdArray> {
    const { dtype, shape, bytes } = ref;
    const data = memoryFor(ref, into);
    const slot = mapped.find(ref);
    if (slot === null) {
      await readFile(ref, data);
    } else {
      checkHeader(ref, slot.memory);
      data.set(slot.memory.subarray(writtenHeaderBytes, writtenHeaderBytes + bytes));
    }
    const length = bytes / bytesPerElement(dtype);
    return { data: typedArrayOver(dtype, data.buffer, data.byteOffset, length), shape, dtype };
  }
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
    read,
    async lease(ref, giveBack) {
      const { dtype, shape, bytes } = ref;
      const slot = mapped.find(ref);
      if (slot === null) {
        const array = await read(ref);
        giveBack();
        return createLease(array, () => {});
      }
      checkHeader(ref, slot.memory);
      const { buffer, end } = slot.hold();
      rememberSlot(buffer, ref.path);
      const data = typedArrayOver(dtype, buffer, writtenHeaderBytes, bytes / bytesPerElement(dtype));
      return createLease({ data, shape, dtype }, (free) => {
        end(free);
        giveBack();
      });
    },
    close: () => mapped.close(),
  };
}

function memoryFor({ dtype, bytes }: SlotRef, into: ArrayBufferView | undefined): Buffer {
  const fits = into !== undefined && into.byteLength >= bytes && holdsDType(into, dtype);
  return fits ? Buffer.from(into.buffer, into.byteOffset, bytes) : Buffer.allocUnsafeSlow(bytes);
}

function checkHeader({ path, dtype, shape }: SlotRef, found: Uint8Array): void {
  const expected = formatNpyHeader(dtype, shape);
  if (expected !== null && Buffer.compare(expected, found.subarray(0, writtenHeaderBytes)) === 0) return;
  throw new ProtocolFault(`slot ${path} does not hold the ${dtype} (${shape.join(", ")}) that the message says`);
}

async function readFile(ref: SlotRef, data: Uint8Array): Promise<void> {
  const header = new Uint8Array(writtenHeaderBytes);
  try {
    const descriptor = openSync(ref.path, "r");
    try {
      const isWhole = (await readBytes(descriptor, header, 0)) && (await readBytes(descriptor, data, writtenHeaderBytes));
      if (!isWhole) throw cutOff(ref, fstatSync(descriptor).size);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof ProtocolFault) throw error;
    throw new ProtocolFault(`slot ${ref.path} cannot be read: ${(error as Error).message}`);
  }
  checkHeader(ref, header);
}
