import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";

/** An array that was handed out and comes back. */
export interface Lease {
  readonly array: NdArray;
  /** Detaches the array, so that its memory can no longer be read, and gives it back. */
  end(): void;
}

/** Takes an array's memory back: as a buffer that nobody else has, null when the old one has been collected. */
export type GiveBack = (buffer: ArrayBuffer | null) => void;

const forgotten = new FinalizationRegistry<GiveBack>((giveBack) => giveBack(null));

/**
 * @param array over a buffer of its own
 * @param giveBack called once, by `end` or after the buffer has been collected; must not refer to the array
 */
export function createLease(array: NdArray, giveBack: GiveBack): Lease {
  const buffer = array.data.buffer as ArrayBuffer;
  const token = {};
  forgotten.register(buffer, giveBack, token);
  return {
    array,
    end() {
      if (buffer.detached) return;
      forgotten.unregister(token);
      giveBack(buffer.transfer());
    },
  };
}

/**
 * Makes `data` of arrays end with a lease: reading it afterwards throws instead of touching memory that is somebody else's.
 *
 * @param arrays changed in place
 * @returns what `release` is made of
 */
export function endWithLease(arrays: Readonly<Record<string, object>>, leases: readonly Lease[]): () => void {
  let released = false;
  for (const [name, array] of Object.entries(arrays)) {
    let data: unknown = (array as NdArray).data;
    Object.defineProperty(array, "data", {
      enumerable: true,
      get() {
        if (!released) return data;
        data = null;
        throw new ParfocalError("USAGE", `${name}: its data were released`, {
          hint: "copy what you still need before release()",
        });
      },
    });
  }
  return () => {
    released = true;
    for (const lease of leases) lease.end();
  };
}
