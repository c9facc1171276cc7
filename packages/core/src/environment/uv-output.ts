/** What one line of uv's output tells. */
export type UvSign =
  | { readonly kind: "downloading"; readonly name: string; readonly bytes: number | null }
  | { readonly kind: "downloaded"; readonly name: string }
  | { readonly kind: "prepared" }
  | { readonly kind: "installed"; readonly packages: number };

const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Reads a line of uv's progress; null for the many lines that tell nothing of it, and for any that a later uv writes differently. */
export function readUvLine(line: string): UvSign | null {
  const downloading = /^\s*Downloading (\S+) \(([\d.]+)\s?([KMG]?i?B)\)/.exec(line);
  if (downloading?.[1]) {
    const unit = units[downloading[3] ?? ""];
    return {
      kind: "downloading",
      name: downloading[1],
      bytes: unit === undefined ? null : Math.round(Number(downloading[2]) * unit),
    };
  }
  const downloaded = /^\s*Downloaded (\S+)/.exec(line);
  if (downloaded?.[1]) return { kind: "downloaded", name: downloaded[1] };
  if (/^\s*Prepared \d+ packages?/.test(line)) return { kind: "prepared" };
  const installed = /^\s*Installed (\d+) packages?/.exec(line);
  return installed ? { kind: "installed", packages: Number(installed[1]) } : null;
}
