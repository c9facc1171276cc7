import type { ParameterDescription } from "@parfocal/core";

const nullWords = ["auto", "null", "none"];
const onWords = ["true", "on", "yes"];
const offWords = ["false", "off", "no"];
const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

type ScalarType = Exclude<ParameterDescription["type"], "array">;

function parseScalar(type: ScalarType, text: string): unknown {
  switch (type) {
    case "number":
    case "integer":
      return numberPattern.test(text) ? Number(text) : undefined;
    case "boolean":
      if (onWords.includes(text.toLowerCase())) return true;
      return offWords.includes(text.toLowerCase()) ? false : undefined;
    case "string":
      return text;
  }
}

function parseList(itemType: ScalarType, text: string): unknown[] | undefined {
  const inside = text
    .trim()
    .replace(/^\[(.*)\]$/, "$1")
    .trim();
  const values = inside === "" ? [] : inside.split(",").map((cell) => parseScalar(itemType, cell.trim()));
  return values.includes(undefined) ? undefined : values;
}

/**
 * The text of a flag as a value of the parameter: `0.5`, `auto` (null), `2,2` (a list), `on`. Ranges are not looked at here.
 *
 * @returns undefined where the text cannot be such a value
 */
export function parseValue(parameter: ParameterDescription, text: string): unknown {
  const { type, itemType = "string", choices, nullable } = parameter;
  const choice = choices?.find((value) => String(value) === text);
  if (choice !== undefined) return choice;
  if (nullable && nullWords.includes(text.toLowerCase())) return null;
  return type === "array" ? parseList(itemType, text) : parseScalar(type, text);
}

/** A value as one would type it: `0.5`, `auto`, `2,2`, `on`. */
export function formatValue(value: unknown): string {
  if (value === null) return "auto";
  if (value === true) return "on";
  if (value === false) return "off";
  if (Array.isArray(value)) return value.map(formatValue).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
