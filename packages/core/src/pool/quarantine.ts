import { hashArray } from "../array/nd-array.ts";
import type { Image } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";

/** Workers that one input may end before it is refused. */
export const deathsBeforeQuarantine = 2;

/** Inputs that are remembered. */
const limit = 1000;

/** Remembers inputs during whose calls workers died. Inputs are only hashed once a worker has died. */
export interface Quarantine {
  /** Inputs that are refused. */
  readonly size: number;
  /** @throws ParfocalError INPUT_QUARANTINED */
  check(image: Image, params: object): void;
  /** A worker died during this call. */
  blame(image: Image, params: object): void;
}

export function createQuarantine(module: string): Quarantine {
  const deaths = new Map<string, number>(); // oldest first
  return {
    get size() {
      return [...deaths.values()].filter((count) => count >= deathsBeforeQuarantine).length;
    },
    check(image, params) {
      const kind = kindOf(image);
      if (![...deaths.keys()].some((key) => key.startsWith(kind))) return; // spares hashing images that no suspect resembles
      const count = deaths.get(keyOf(image, params)) ?? 0;
      if (count < deathsBeforeQuarantine) return;
      const what = `an image of ${image.shape.join(" x ")} (${image.axes}, ${image.dtype})`;
      throw new ParfocalError("INPUT_QUARANTINED", `${module}: ${what} ended ${count} workers with these parameters`, {
        hint: "change the image or the parameters, or start a new pool; the log of the last worker says how it ended",
      });
    },
    blame(image, params) {
      if (!isReadable(image)) return; // released meanwhile: it cannot be sent again
      const key = keyOf(image, params);
      deaths.set(key, (deaths.get(key) ?? 0) + 1);
      if (deaths.size > limit) deaths.delete(deaths.keys().next().value!);
    },
  };
}

function isReadable(image: Image): boolean {
  try {
    return image.data.length > 0;
  } catch {
    return false;
  }
}

const kindOf = ({ dtype, shape, axes }: Image): string => `${dtype} ${axes} ${shape.join()} `;

function keyOf(image: Image, params: object): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${kindOf(image)}${hashArray(image)} ${JSON.stringify(sorted)}`;
}
