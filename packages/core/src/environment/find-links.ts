import { existsSync } from "node:fs";

/**
 * The places that a `find-links` variable of uv or pip names. One folder whose name has a space or a comma is one place;
 * folders that do not exist are left out, as pip does.
 */
export function readFindLinks(value: string | undefined, separator: RegExp): string[] {
  if (!value?.trim()) return [];
  const places = existsSync(value) ? [value] : value.split(separator).filter((place) => place !== "");
  return places.filter((place) => place.includes("://") || existsSync(place));
}
