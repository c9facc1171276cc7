import {
  type BasePython,
  findNvidiaDriver,
  findPython,
  findUv,
  type Module,
  planEnvironment,
  type Settings,
  thisMachine,
  toParfocalError,
  type Uv,
} from "@parfocal/core";
import type { Check } from "./check.ts";

const group = "tools";

/** Neither uv nor Python is fetched for the sake of looking. */
const without = (settings: Settings): Settings => ({ ...settings, offline: true });

async function uvCheck(settings: Settings): Promise<{ check: Check; uv: Uv | null }> {
  try {
    const uv = await findUv(without(settings));
    return { uv, check: { group, name: "uv", status: "ok", found: `${uv.version} at ${uv.path} (${uv.source})` } };
  } catch (error) {
    const { hint } = toParfocalError(error);
    const fetched = { status: "ok", found: "not here; pip fetches it at the first run" } as const;
    const missing = { status: "error", found: "not here, and downloads are off", remedy: hint } as const;
    return { uv: null, check: { group, name: "uv", ...(settings.offline ? missing : fetched) } };
  }
}

async function neededPythons(modules: readonly Module[]): Promise<string[]> {
  const minors = await Promise.all(
    modules.map(({ handle }) =>
      planEnvironment(handle).then(
        ({ pythonMinor }) => pythonMinor,
        () => null,
      ),
    ),
  );
  return [...new Set(minors.filter((minor) => minor !== null))].sort();
}

async function pythonCheck(minor: string, uv: Uv, settings: Settings): Promise<{ check: Check; python: BasePython | null }> {
  const name = `Python ${minor}`;
  try {
    const python = await findPython(without(settings), minor, uv);
    return { python, check: { group, name, status: "ok", found: `${python.version} at ${python.path} (${python.source})` } };
  } catch (error) {
    const { hint } = toParfocalError(error);
    const fetched = { status: "ok", found: "not here; uv downloads it at the first run" } as const;
    const missing = { status: "error", found: "not here, and downloads are off", remedy: hint } as const;
    return { python: null, check: { group, name, ...(settings.offline ? missing : fetched) } };
  }
}

async function driverCheck(settings: Settings): Promise<Check> {
  const name = "GPU driver";
  if (process.platform === "darwin") return { group, name, status: "ok", found: "part of macOS" };
  const driver = await findNvidiaDriver(settings, thisMachine());
  if (driver === null) return { group, name, status: "ok", found: "no NVIDIA driver; models run on the processor" };
  return { group, name, status: "ok", found: `NVIDIA ${driver.version} (${driver.from})` };
}

export interface ToolReport {
  readonly checks: Check[];
  readonly uv: Uv | null;
  readonly python: BasePython | null;
}

/** Looks for uv, for the Pythons that the modules need, and for a GPU driver. */
export async function toolChecks(modules: readonly Module[], settings: Settings): Promise<ToolReport> {
  const { uv, check } = await uvCheck(settings);
  const pythons =
    uv === null ? [] : await Promise.all((await neededPythons(modules)).map((minor) => pythonCheck(minor, uv, settings)));
  return {
    checks: [check, ...pythons.map((python) => python.check), await driverCheck(settings)],
    uv,
    python: pythons.find(({ python }) => python !== null)?.python ?? null,
  };
}
