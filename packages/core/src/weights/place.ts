import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";

/**
 * Host and path of an address as parts of a file's path: `https://host:81/a/b.pt?x=1` -> `host_81`, `a`, `b.pt_x=1`. Characters that a file
 * system may not take become `_`.
 */
export function placeParts(url: string): string[] {
  const { host, pathname, search } = new URL(url);
  const path = `${pathname}${search}`.split("/").filter((part) => part !== "");
  return [host, ...path].map(safePart);
}

function safePart(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // a stray % stays as it is
  }
  const safe = text.replace(/[^\p{L}\p{N}._=+@ -]/gu, "_").replace(/[. ]+$/, "_");
  const isReserved = /^\.*$/.test(safe) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe); // the latter on Windows
  return isReserved ? `_${safe.replace(/^\.+$/, "")}` : safe;
}

/** Where a weight file of this address lies on this machine. */
export function weightPlace({ home }: Pick<Settings, "home">, url: string): string {
  return join(home, "weights", ...placeParts(url));
}

/** Where a weight file may lie in the folders that stand in for the network, most wanted first. */
export function standInPlaces({ weightsFolders }: Pick<Settings, "weightsFolders">, url: string): string[] {
  const parts = placeParts(url);
  return weightsFolders.flatMap((folder) => [join(folder, ...parts), join(folder, parts.at(-1) ?? "")]);
}

/** The address that is really asked: the mirror's, where there is one. */
export function mirrored({ mirror }: Pick<Settings, "mirror">, url: string): string {
  if (mirror === undefined) return url;
  const { host, pathname, search } = new URL(url);
  return `${mirror.replace(/\/+$/, "")}/${host}${pathname}${search}`;
}
