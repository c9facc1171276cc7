import { ParfocalError } from "@parfocal/core";
import { isRequirement } from "../lock/pyproject.ts";

/** @throws ParfocalError USAGE */
export function refuse(message: string, hint: string): never {
  throw new ParfocalError("USAGE", message, { hint });
}

const defaultDependencies = ["numpy>=1.26,<3", "scipy>=1.11,<2"];

/**
 * Requirements of a worker: those given, and what the first worker needs.
 *
 * @throws ParfocalError USAGE for what is no package by name and version.
 */
export function readDependencies(given: readonly string[]): string[] {
  const wrong = given.find((text) => !isRequirement(text));
  if (wrong !== undefined) refuse(`"${wrong}" is not the name of a Python package`, "write for example scikit-image or numpy>=2");
  const nameOf = (text: string): string => (/^[\w.-]+/.exec(text.trim())?.[0] ?? "").toLowerCase().replace(/[-_.]+/g, "-");
  const own = new Set(given.map(nameOf));
  return [...defaultDependencies.filter((text) => !own.has(nameOf(text))), ...given.map((text) => text.trim())];
}

/** @throws ParfocalError USAGE for what is no order of c, z, y and x. */
export function checkAxes(axes: readonly string[]): void {
  for (const order of axes) {
    const isKnown = /^[czyx]+$/.test(order) && new Set(order).size === order.length && /y/.test(order) && /x/.test(order);
    if (!isKnown) refuse(`"${order}" is no order of axes`, "write y and x, and z or c if need be, each once: yx, zyx, cyx");
  }
  if (axes.length === 0) refuse("a module takes images of at least one order of axes", "write for example yx");
}

/**
 * The description as it is written into code, JSON, TOML and Markdown alike.
 *
 * @throws ParfocalError USAGE when it cannot be.
 */
export function checkDescription(description: string): string {
  const text = description.trim().replace(/\.$/, "");
  if (text === "" || /["\\`\r\n]|\*\//.test(text)) {
    refuse(`the description "${description}" cannot be used`, "write one line without quotes and backslashes");
  }
  return text;
}
