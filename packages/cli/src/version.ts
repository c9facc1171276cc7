import { readFileSync } from "node:fs";

/** Version of the `parfocal` package, out of its package.json, which is the only place that says it. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
