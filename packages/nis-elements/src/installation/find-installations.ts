import { win32 } from "node:path";
import type { HostView } from "./host-view.ts";

/** The Python that lies in the folder of NIS-Elements. */
export interface EmbeddedPython {
  readonly folder: string;
  /** "3.12", null where it cannot be told. */
  readonly minor: string | null;
  readonly numpy: string | null;
  /** `limnode.py`, which every script imports: "fixed" is the one that Laboratory Imaging published after 6.20. */
  readonly limnode: "missing" | "delivered" | "fixed";
}

/** NIS-Elements as found on this PC. */
export interface NisInstallation {
  readonly folder: string;
  /** "6.20.2039", null where Windows' list does not say it. */
  readonly version: string | null;
  /** null where its folder holds none. */
  readonly python: EmbeddedPython | null;
}

const isNis = (name: string): boolean => /\bNIS[-_ ]?(Elements|Express)\b/i.test(name);
const samePath = (folder: string): string => win32.normalize(`${folder}\\`).toLowerCase();

function embeddedPython(host: HostView, installation: string): EmbeddedPython | null {
  const folder = win32.join(installation, "Python");
  const names = host.list(folder);
  if (!names.some((name) => /^pythonw?\.exe$/i.test(name))) return null;
  const minor = names.map((name) => /^python3(\d+)\.dll$/i.exec(name)?.[1]).find((digits) => digits !== undefined);
  const packages = win32.join(folder, "Lib", "site-packages");
  const numpy = host.list(packages).map((name) => /^numpy-([\d.]+\w*)\.dist-info$/i.exec(name)?.[1]);
  const limnode = host.read(win32.join(packages, "limnode.py"));
  return {
    folder,
    minor: minor === undefined ? null : `3.${minor}`,
    numpy: numpy.find((version) => version !== undefined) ?? null,
    limnode: limnode === null ? "missing" : limnode.includes("programPass") ? "fixed" : "delivered",
  };
}

/** Looks into Windows' list of programs and into the folders of programs. Finds nothing on other systems. */
export async function findInstallations(host: HostView): Promise<NisInstallation[]> {
  if (host.platform !== "win32") return [];
  const programs = (await host.installedPrograms()).filter(({ name }) => isNis(name));
  const roots = [host.environment.ProgramW6432, host.environment.ProgramFiles, "C:\\Program Files"].filter(
    (root) => root !== undefined,
  );
  const folders = [
    ...programs.flatMap(({ folder }) => (folder === null ? [] : [folder])),
    ...roots.flatMap((root) =>
      host
        .list(root)
        .filter(isNis)
        .map((name) => win32.join(root, name)),
    ),
  ];
  const unique = new Map(folders.toReversed().map((folder) => [samePath(folder), folder]));
  return [...unique].map(([key, folder]) => ({
    folder: win32.normalize(folder).replace(/\\$/, ""),
    version: programs.find((program) => program.folder !== null && samePath(program.folder) === key)?.version ?? null,
    python: embeddedPython(host, folder),
  }));
}
