import { type LockPin, ParfocalError, readPins } from "@parfocal/core";

const header = "# Written by `parfocal lock` from pyproject.toml. Change that file, not this one.\n";

export interface FormatOptions {
  /** Decides by sha256 which files may be installed. */
  readonly keepHash: (sha256: string) => boolean;
  /** Decides by name which packages stay. */
  readonly keepPackage: (name: string) => boolean;
  /** The lock as it was: its first comment stays, so that equal pins make an equal file and no environment is built anew. */
  readonly previous: string | null;
}

/** The marker that uv puts on every package that all platforms need; null when packages differ in nothing. */
export function commonMarker(pins: readonly LockPin[], firstNames: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const { name, marker } of pins) {
    if (marker !== null && firstNames.includes(name)) counts.set(marker, (counts.get(marker) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** Names of the requirements that hold on every platform. */
export function unconditionalNames(requirements: readonly string[]): string[] {
  return requirements
    .filter((requirement) => !requirement.includes(";"))
    .map((requirement) => (/^[A-Za-z0-9._-]+/.exec(requirement.trim())?.[0] ?? "").toLowerCase().replace(/[-_.]+/g, "-"));
}

/** Lock text in its final form: only files that can be installed, no marker where a package is needed everywhere. */
export function formatLock(text: string, requirements: readonly string[], options: FormatOptions): string {
  const { pins, problems } = readPins(text);
  const [broken] = problems;
  if (broken) {
    throw cannotLock(
      `what uv makes of the packages ${broken.problem}`,
      "ask in pyproject.toml only for packages by name and version, not by address",
    );
  }
  const everywhere = commonMarker(pins, unconditionalNames(requirements));
  const kept = pins.filter(({ name }) => options.keepPackage(name));
  const blocks = kept.map((pin) => {
    const hashes = pin.hashes.filter(options.keepHash);
    if (hashes.length === 0) {
      throw cannotLock(
        `${pin.name} ${pin.version} has no wheel for any platform of this lock`,
        `ask for another version of ${pin.name} in pyproject.toml`,
      );
    }
    const marker = pin.marker === null || pin.marker === everywhere ? "" : ` ; ${pin.marker}`;
    return [`${pin.name}==${pin.version}${marker}`, ...hashes.map((sha256) => `    --hash=sha256:${sha256}`)].join(" \\\n");
  });
  const first = /^#.*\n/.exec(options.previous ?? "")?.[0] ?? header;
  return `${first}${blocks.join("\n")}\n`;
}

function cannotLock(message: string, hint: string): ParfocalError<"LOCK_FAILED"> {
  return new ParfocalError("LOCK_FAILED", message, { hint, details: { step: "lock", outputTail: [], logPath: null } });
}

/** Major version of CUDA that a lock's packages belong to; null when none do. */
export function cudaMajor(pins: readonly Pick<LockPin, "name" | "version">[]): number | null {
  for (const { name, version } of pins) {
    const suffix = /^nvidia-.*-cu(\d{2})$/.exec(name)?.[1];
    if (suffix) return Number(suffix);
    if (name === "nvidia-cuda-runtime") return Number(version.split(".")[0]);
  }
  return null;
}
