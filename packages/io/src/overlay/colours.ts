import type { Outlined } from "./edges.ts";

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Bright, saturated colours of equal lightness in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020), so that
 * no object looks more important than another on grey.
 */
const hues = [25, 55, 85, 115, 145, 175, 205, 235, 265, 295, 325, 355];
export const outlineColours: readonly Colour[] = hues.map((hue) => fromOklch(hue > 235 && hue < 310 ? 0.74 : 0.82, 0.2, hue));

type Step = readonly [dx: number, dy: number];
type Neighbours = ReadonlyMap<number, ReadonlySet<number>>;

const touching: readonly Step[] = [
  [1, 0],
  [0, 1],
];
/** Pixels between objects that do not touch, but are seen side by side. */
const around: readonly Step[] = [1, 4, 8, 12].flatMap((reach) => [
  ...(reach > 1
    ? ([
        [reach, 0],
        [0, reach],
      ] as const)
    : []),
  [reach, reach] as const,
  [-reach, reach] as const,
]);
/** Steps of hue by which objects that do not touch may be nearer to each other than those that do. */
const advantage = 3;

/**
 * An outline colour for each object that has an edge, as its place in {@link outlineColours}, as different as can be from those of the
 * objects around it, above all from those it touches.
 */
export function chooseColours(outlined: Outlined): ReadonlyMap<number, number> {
  const [near, far] = neighboursOf(outlined, [touching, around]);
  const chosen = new Map<number, number>();
  for (const id of [...near.keys()].sort((a, b) => a - b)) {
    const hueOf = (other: number): number[] => (chosen.has(other) ? [chosen.get(other)!] : []);
    const nearHues = [...near.get(id)!].flatMap(hueOf);
    const farHues = [...far.get(id)!].flatMap(hueOf);
    let best = (id * 5) % outlineColours.length;
    for (let step = 0, widest = -1; step < outlineColours.length; step += 1) {
      const index = (id * 5 + step * 5) % outlineColours.length;
      const distance = Math.min(
        outlineColours.length,
        ...nearHues.map((other) => hueDistance(index, other)),
        ...farHues.map((other) => hueDistance(index, other) + advantage),
      );
      if (distance <= widest) continue;
      widest = distance;
      best = index;
    }
    chosen.set(id, best);
  }
  return chosen;
}

/** Of each object those that lie at one of the steps from its edges, for each list of steps. */
function neighboursOf(
  { ids, width, edges }: Outlined,
  [near, far]: readonly [readonly Step[], readonly Step[]],
): [Neighbours, Neighbours] {
  const found: [Map<number, Set<number>>, Map<number, Set<number>>] = [new Map(), new Map()];
  const setOf = (index: 0 | 1, id: number): Set<number> => {
    let set = found[index].get(id);
    if (set === undefined) {
      set = new Set();
      found[index].set(id, set);
    }
    return set;
  };
  for (const at of edges) {
    const id = ids[at]!;
    const x = at % width;
    for (const index of [0, 1] as const) {
      const own = setOf(index, id);
      for (const [dx, dy] of index === 0 ? near : far) {
        const other = ids[at + dy * width + dx];
        if (other === undefined || other === 0 || other === id || x + dx < 0 || x + dx >= width || own.has(other)) continue;
        own.add(other);
        setOf(index, other).add(id);
      }
    }
  }
  return found;
}

function hueDistance(a: number, b: number): number {
  const distance = Math.abs(a - b);
  return Math.min(distance, outlineColours.length - distance);
}

function fromOklch(lightness: number, chroma: number, hue: number): Colour {
  const angle = (hue / 180) * Math.PI;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Linear light to sRGB. */
function toByte(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}
