import type { Params } from "../module/params.ts";
import type { WeightSet } from "../module/weight-set.ts";

/** The sets that a worker with these load parameters (camelCase) needs, in the order in which the module declares them. */
export function selectSets(sets: readonly WeightSet[], params: Params): WeightSet[] {
  return sets.filter(({ when }) => Object.entries(when).every(([name, wanted]) => matches(params[name], wanted)));
}

function matches(value: unknown, wanted: string | readonly string[]): boolean {
  const given = (Array.isArray(value) ? value : [value]).map(String);
  return [wanted].flat().some((choice) => given.includes(choice));
}
