import { discoverModules, type Module, toParfocalError } from "@parfocal/core";
import { moduleStarts } from "../modules/module-starts.ts";
import type { Check } from "./check.ts";

/** A module that cannot be read must not keep the doctor from looking at the rest. */
export async function findModules(cwd: string): Promise<{ modules: readonly Module[]; broken: Check[] }> {
  try {
    return { modules: await discoverModules(...moduleStarts(cwd)), broken: [] };
  } catch (error) {
    const { message, hint } = toParfocalError(error);
    return { modules: [], broken: [{ group: "modules", name: "modules", status: "error", found: message, remedy: hint }] };
  }
}
