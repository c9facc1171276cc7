import type { NdArray } from "../contract/array.ts";

/** Where an array lies that another process of this user can read. */
export interface SlotPlace {
  /** A `.npy` file, in shared memory where there is some. */
  readonly path: string;
  /** Of the array's first byte in it. */
  readonly offset: number;
}

const paths = new WeakMap<ArrayBufferLike, string>();

/** Notes that a buffer is the memory of a slot. */
export function rememberSlot(buffer: ArrayBufferLike, path: string): void {
  paths.set(buffer, path);
}

/** The slot that an array of `allocateImage` or of a leased result lies in; null for one in private memory. */
export function slotPlaceOf({ data }: Pick<NdArray, "data">): SlotPlace | null {
  const path = paths.get(data.buffer);
  return path === undefined ? null : { path, offset: data.byteOffset };
}
