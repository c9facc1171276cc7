import { ParfocalError } from "../errors/parfocal-error.ts";

/** @throws ParfocalError USAGE unless it is a whole number of at least 1 */
export function checkCount(what: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ParfocalError("USAGE", `${what}: ${name} is ${value}`, { hint: "give a whole number of at least 1" });
}
