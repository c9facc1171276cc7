import { win32 } from "node:path";
import type { HostView } from "./host-view.ts";

/** A Python that NIS-Elements 7.x built itself, for a built-in node or for a user's Python node. */
export interface ManagedEnvironment {
  /** "v7.10"; null where the prefix has no such level. */
  readonly version: string | null;
  readonly name: string;
  readonly folder: string;
}

/**
 * The managed environments of this user and of the system.
 *
 * @see `PythonEnvs` below `%PROGRAMDATA%\Laboratory Imaging\NIS-Elements`, in whose place `LIM_PYTHON_ENVS_PREFIX` can put another folder
 *   for the first two levels; NIS-Express has its own. As Laboratory Imaging describes it in GA3-examples,
 *   `NIS_v7.10/50-Troubleshooting_pyenvs`.
 */
export function findManagedEnvironments(host: HostView): ManagedEnvironment[] {
  if (host.platform !== "win32") return [];
  const { LIM_PYTHON_ENVS_PREFIX, ProgramData, PROGRAMDATA, USERNAME = "" } = host.environment;
  const prefix = LIM_PYTHON_ENVS_PREFIX ?? win32.join(ProgramData ?? PROGRAMDATA ?? "C:\\ProgramData", "Laboratory Imaging");
  return ["NIS-Elements", "NIS-Express"].flatMap((product) => {
    const root = win32.join(prefix, product, "PythonEnvs");
    const versions = host.list(root).filter((name) => /^v\d/i.test(name));
    return [null, ...versions].flatMap((version) => {
      const base = version === null ? root : win32.join(root, version);
      return [win32.join(base, "System"), win32.join(base, "Users", USERNAME)].flatMap((folder) =>
        host
          .list(folder)
          .map((name) => ({ version, name, folder: win32.join(folder, name) }))
          .filter(({ folder: found }) => host.list(found).some((name) => /^pythonw?\.exe$/i.test(name))),
      );
    });
  });
}
