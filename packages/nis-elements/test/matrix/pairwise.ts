/** Choices for each thing that varies. */
export type Choices = Readonly<Record<string, readonly string[]>>;
export type Choice<C extends Choices> = { readonly [K in keyof C]: C[K][number] };

/** Every combination, the last choice varying fastest. */
export function product<C extends Choices>(choices: C): Choice<C>[] {
  let all: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(choices)) {
    all = all.flatMap((given) => values.map((value) => ({ ...given, [name]: value })));
  }
  return all as Choice<C>[];
}

/** What is to be seen together: every two choices, and every three of the things that are named. */
export function pairsOf<C extends Choices>(choice: Choice<C>, together: readonly (keyof C & string)[]): string[] {
  const names = Object.keys(choice);
  const told = (of: readonly string[]): string => of.map((name) => `${name}=${choice[name]}`).join(" ");
  const pairs = names.flatMap((a, index) => names.slice(index + 1).map((b) => told([a, b])));
  return together.length === 0 ? pairs : [...pairs, told(together)];
}

/**
 * Few combinations in which all are seen together that can be: again and again the one that adds most, the first of equals, so that the same
 * choices always give the same combinations.
 */
export function pairwise<C extends Choices>(
  possible: readonly Choice<C>[],
  together: readonly (keyof C & string)[],
): Choice<C>[] {
  const missing = new Set(possible.flatMap((choice) => pairsOf(choice, together)));
  const chosen: Choice<C>[] = [];
  while (missing.size > 0) {
    let best = possible[0]!;
    let most = 0;
    for (const choice of possible) {
      const adds = pairsOf(choice, together).filter((pair) => missing.has(pair)).length;
      if (adds <= most) continue;
      most = adds;
      best = choice;
    }
    for (const pair of pairsOf(best, together)) missing.delete(pair);
    chosen.push(best);
  }
  return chosen;
}
