import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ParfocalError, readSettings } from "@parfocal/core";
import { execa } from "execa";
import { daemonCommand } from "../life/start-daemon.ts";
import { type LoginEntry, loginEntry, thisLoginPlace } from "./login-entry.ts";

/** Where the system was told, for people. */
export const describeEntry = (entry: LoginEntry): string => (entry.kind === "file" ? entry.path : `${entry.key}\\${entry.name}`);

/** What is set in this shell alone would be gone at the next login. */
function entryOf(moduleStarts: readonly string[]): LoginEntry {
  const kept = Object.entries(process.env).filter(([name, value]) => name.startsWith("PARFOCAL_") && value !== undefined);
  const variables = { ...Object.fromEntries(kept), PARFOCAL_HOME: readSettings().home } as Record<string, string>;
  return loginEntry(daemonCommand(moduleStarts), variables, thisLoginPlace());
}

/**
 * Has the system start the daemon at each login of this user.
 *
 * @returns where it was written down
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function enableAtLogin(moduleStarts: readonly string[]): Promise<string> {
  const entry = entryOf(moduleStarts);
  try {
    if (entry.kind === "registry") {
      await execa("reg", ["add", entry.key, "/v", entry.name, "/t", "REG_SZ", "/d", entry.value, "/f"]);
    } else {
      mkdirSync(dirname(entry.path), { recursive: true });
      writeFileSync(entry.path, entry.text);
      if (entry.link !== undefined) {
        mkdirSync(dirname(entry.link), { recursive: true });
        rmSync(entry.link, { force: true });
        symlinkSync(entry.path, entry.link);
      }
    }
  } catch (cause) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${describeEntry(entry)} cannot be written: ${(cause as Error).message}`, {
      hint: "check its permissions, or start the daemon by hand: `parfocal daemon start`",
      cause,
    });
  }
  return describeEntry(entry);
}

/** Takes {@link enableAtLogin} back. @returns where it was written down, null when it was not */
export async function disableAtLogin(): Promise<string | null> {
  const entry = entryOf([]);
  if (entry.kind === "registry") {
    const { failed } = await execa("reg", ["delete", entry.key, "/v", entry.name, "/f"], { reject: false });
    return failed ? null : describeEntry(entry);
  }
  if (lstatSync(entry.path, { throwIfNoEntry: false }) === undefined) return null;
  if (entry.link !== undefined) rmSync(entry.link, { force: true });
  rmSync(entry.path);
  return entry.path;
}
