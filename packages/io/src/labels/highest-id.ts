import { ParfocalError } from "@parfocal/core";

/**
 * The highest object id, 0 without objects.
 * @throws ParfocalError INPUT_REJECTED for a negative id
 */
export function highestId(ids: Int32Array): number {
  let highest = 0;
  let lowest = 0;
  for (let index = 0; index < ids.length; index += 1) {
    const id = ids[index]!;
    if (id > highest) highest = id;
    if (id < lowest) lowest = id;
  }
  if (lowest < 0) {
    throw new ParfocalError("INPUT_REJECTED", `labels cannot be used: the id ${lowest} is negative`, {
      hint: "give labels with 0 for background and ids from 1",
      details: {},
    });
  }
  return highest;
}
