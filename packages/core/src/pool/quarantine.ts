import { ParfocalError } from "../errors/parfocal-error.ts";

/** Workers that one input may end before it is refused. */
export const deathsBeforeQuarantine = 2;

/** Inputs that are remembered. */
const limit = 1000;

/** An input as the quarantine sees it. */
export interface Suspect {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly axes: string;
  readonly params: object;
  /** Hash of its pixels; null when they are gone. */
  hash(): Promise<string | null>;
}

/** Remembers inputs during whose calls workers died. Inputs are only hashed once a worker has died. */
export interface Quarantine {
  /** Inputs that are refused. */
  readonly size: number;
  /** @throws ParfocalError INPUT_QUARANTINED */
  check(suspect: Suspect): Promise<void>;
  /** A worker died during this call. */
  blame(suspect: Suspect): Promise<void>;
}

export function createQuarantine(module: string): Quarantine {
  const deaths = new Map<string, number>(); // oldest first
  return {
    get size() {
      return [...deaths.values()].filter((count) => count >= deathsBeforeQuarantine).length;
    },
    async check(suspect) {
      const kind = kindOf(suspect);
      if (![...deaths.keys()].some((key) => key.startsWith(kind))) return; // spares hashing images that no suspect resembles
      const count = deaths.get((await keyOf(suspect)) ?? "") ?? 0;
      if (count < deathsBeforeQuarantine) return;
      const { shape, axes, dtype } = suspect;
      const what = `an image of ${shape.join(" x ")} (${axes}, ${dtype})`;
      throw new ParfocalError("INPUT_QUARANTINED", `${module}: ${what} ended ${count} workers with these parameters`, {
        hint: "change the image or the parameters, or start a new pool; the log of the last worker says how it ended",
      });
    },
    async blame(suspect) {
      const key = await keyOf(suspect);
      if (key === null) return; // it cannot be sent again
      deaths.set(key, (deaths.get(key) ?? 0) + 1);
      if (deaths.size > limit) deaths.delete(deaths.keys().next().value!);
    },
  };
}

const kindOf = ({ dtype, shape, axes }: Suspect): string => `${dtype} ${axes} ${shape.join()} `;

async function keyOf(suspect: Suspect): Promise<string | null> {
  const hash = await suspect.hash();
  const sorted = Object.entries(suspect.params).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash === null ? null : `${kindOf(suspect)}${hash} ${JSON.stringify(sorted)}`;
}
