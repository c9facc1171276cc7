import { defaultProfile, findEnvironment, type Module, planEnvironment, plannedBytes, toParfocalError } from "@parfocal/core";

/** How the environment stands that `--device auto` would use. */
export interface EnvironmentState {
  readonly state: "ready" | "not installed" | "unavailable";
  readonly key: string | null;
  readonly folder: string | null;
  readonly accelerator: string | null;
  /** Why this accelerator, or why none. */
  readonly reason: string;
  readonly python: string | null;
  /** Bytes on disk of a ready environment. */
  readonly bytes: number | null;
  /** Bytes that installing it downloads at most, and takes on disk; null when unknown. */
  readonly downloadBytes: number | null;
  readonly installedBytes: number | null;
}

/** Looks at a module's environment, of its default profile or another; starts and installs nothing. */
export async function environmentState(module: Module, profile = defaultProfile(module.handle)): Promise<EnvironmentState> {
  try {
    const plan = await planEnvironment(module.handle, { profile });
    const environment = await findEnvironment(module.handle, { profile });
    return {
      state: environment === null ? "not installed" : "ready",
      key: plan.key,
      folder: plan.folder,
      accelerator: plan.choice.accelerator,
      reason: plan.choice.reason,
      python: environment?.stamp.python.version ?? plan.pythonMinor,
      bytes: environment?.stamp.bytes ?? null,
      ...plannedBytes(plan),
    };
  } catch (error) {
    const reason = toParfocalError(error).message;
    const nothing = {
      key: null,
      folder: null,
      accelerator: null,
      python: null,
      bytes: null,
      downloadBytes: null,
      installedBytes: null,
    };
    return { state: "unavailable", reason, ...nothing };
  }
}
