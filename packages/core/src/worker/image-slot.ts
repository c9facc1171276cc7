import { mkdirSync } from "node:fs";
import { bytesPerElement, typedArrayOver } from "../array/dtype.ts";
import { createNdArray, elementCount } from "../array/nd-array.ts";
import { formatNpyHeader, writtenHeaderBytes } from "../array/npy-header.ts";
import type { DType, Image, NdArray, PixelSize } from "../contract/array.ts";
import type { SlotImage } from "../contract/run.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { type Arena, freeBytes, unlinkQuietly } from "./arena.ts";
import { createLease, endWithLease, type Lease } from "./lease.ts";
import type { SlotRef } from "./messages.ts";
import { acquireArena, newSlotPrefix } from "./shared-arena.ts";
import { createSlotFile, type SlotFile } from "./slot-file.ts";
import { rememberSlot } from "./slot-place.ts";

/** Whoever read a slot and should let go of it when it is gone. */
export interface SlotUser {
  release(paths: Iterable<string>): void;
}

/** A slot that an image lies in. */
interface ImageSlot {
  readonly file: SlotFile;
  readonly users: Set<SlotUser>;
  /** Dtype and shape that its header says. */
  header: string;
  generation: number;
  inFlight: number;
}

/** A slot that is being sent. */
export interface SentSlot {
  readonly ref: SlotRef;
  /** The call is over. */
  done(): void;
}

const slots = new WeakMap<ArrayBufferLike, ImageSlot>();

/**
 * An image, filled with zeros, whose data already lie where workers read them: {@link Worker.run} sends it without a copy. Fill `data`, run it on any
 * worker of this process as often as you like, and release it. Do not write to it while a call is running. Where slots cannot be mapped it is
 * an ordinary image, which is copied when it is sent.
 *
 * @throws ParfocalError USAGE when the shape is none; SLOTS_FULL when neither shared memory nor the disk has room.
 */
export function allocateImage<D extends DType>(spec: {
  readonly shape: readonly number[];
  readonly dtype: D;
  /** One letter for each axis, as in {@link Image}. */
  readonly axes: string;
  readonly pixelSize?: PixelSize;
}): SlotImage<D> {
  const { shape, dtype } = spec;
  const header = formatNpyHeader(dtype, shape);
  const count = elementCount(shape);
  if (header === null || count === null) {
    throw new ParfocalError("USAGE", `an image cannot have the shape (${shape.join(", ")})`, {
      hint: "give a whole number for each axis",
    });
  }
  const lease = leaseSlot(header, shape, dtype, count * bytesPerElement(dtype));
  const image = { ...spec, shape: [...shape], data: lease.array.data };
  const release = endWithLease({ image }, [lease]);
  return Object.assign(image, { release, [Symbol.dispose]: release }) as unknown as SlotImage<D>;
}

function leaseSlot(header: Uint8Array, shape: readonly number[], dtype: DType, bytes: number): Lease {
  const { arena, release } = acquireArena();
  const file = openSlot(arena, writtenHeaderBytes + bytes);
  if (file === null) {
    release();
    throw slotsFull(arena, bytes);
  }
  const giveBack = (path: string, users: Iterable<SlotUser>) => {
    for (const user of users) user.release([path]);
    file.close();
    unlinkQuietly(path);
    release();
  };
  const buffer = file.mapping?.view();
  if (buffer === undefined) {
    giveBack(file.path, []);
    return createLease(createNdArray(dtype, shape), () => {});
  }
  file.mapping?.memory.set(header);
  const slot = { file, users: new Set<SlotUser>(), header: headerKey({ shape, dtype }), generation: 0, inFlight: 0 };
  slots.set(buffer, slot);
  rememberSlot(buffer, file.path);
  const data = typedArrayOver(dtype, buffer, writtenHeaderBytes, bytes / bytesPerElement(dtype));
  return createLease({ data, shape, dtype }, () => giveBack(file.path, slot.users));
}

/**
 * Names the slot that an array lies in. Null when it lies in none, is only a part of it, or another call just sends it in another shape.
 */
export function sendSlot(array: NdArray, user: SlotUser): SentSlot | null {
  const slot = slots.get(array.data.buffer);
  if (slot === undefined || !isWholeArray(array, slot) || !slot.file.isWhole()) return null;
  const key = headerKey(array);
  if (slot.header !== key) {
    const header = formatNpyHeader(array.dtype, array.shape);
    if (slot.inFlight > 0 || header === null) return null;
    slot.file.mapping?.memory.set(header);
    slot.header = key;
  }
  slot.users.add(user);
  slot.inFlight += 1;
  slot.generation += 1;
  const { dtype, shape, data } = array;
  return {
    ref: { path: slot.file.path, generation: slot.generation, dtype, shape: [...shape], bytes: data.byteLength },
    done() {
      slot.inFlight -= 1;
    },
  };
}

/** As an error when there is no room for an image. */
export function slotsFull(arena: Arena, bytes: number): ParfocalError<"SLOTS_FULL"> {
  return new ParfocalError("SLOTS_FULL", `no room for an image of ${bytes} bytes in ${arena.folder} or ${arena.fallback}`, {
    hint: `free ${bytes + writtenHeaderBytes} bytes in shared memory or in the temporary folder`,
  });
}

function openSlot(arena: Arena, bytes: number): SlotFile | null {
  const name = `${newSlotPrefix()}-image.npy`;
  const inMemory = freeBytes(arena.folder) < bytes ? null : reserved(arena.folder, name, bytes);
  if (inMemory !== null) return inMemory;
  mkdirSync(arena.fallback, { recursive: true, mode: 0o700 });
  return reserved(arena.fallback, name, bytes);
}

function reserved(folder: string, name: string, bytes: number): SlotFile | null {
  const file = createSlotFile(folder, name);
  if (file.reserve(bytes)) return file;
  file.close();
  unlinkQuietly(file.path);
  return null;
}

const headerKey = ({ dtype, shape }: Pick<Image, "dtype" | "shape">): string => `${dtype} ${shape.join()}`;

const isWholeArray = ({ data }: NdArray, { file }: ImageSlot): boolean =>
  data.byteOffset === writtenHeaderBytes && data.byteLength === file.capacity - writtenHeaderBytes;
