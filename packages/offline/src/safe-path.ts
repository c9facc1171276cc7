import { posix } from "node:path";
import type { BundleManifest } from "./manifest.ts";

/** Folders and files that a bundle may hold at its top. */
const tops = ["app", "node", "python", "weights", "wheels"];
const scripts = ["install.cmd", "install.sh", "README.txt"];

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Why a path must not be in a bundle; null when it may. */
export function pathProblem(path: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\\:*?"<>|]/.test(path)) return "has a character that file names cannot have everywhere";
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "leads out of its folder";
  if (parts.some((part) => reserved.test(part) || /[. ]$/.test(part))) return "has a name that Windows reserves";
  if (parts.length === 1) return scripts.includes(path) ? null : "is none of a bundle's files";
  return tops.includes(parts[0] ?? "") ? null : "is in none of a bundle's folders";
}

/** First path of a manifest that must not be written, with the reason; null when all may. */
export function manifestProblem({ files, links }: Pick<BundleManifest, "files" | "links">): string | null {
  const seen = new Set<string>();
  const linked = new Set(links.map(({ path }) => path.toLowerCase()));
  for (const { path } of [...files, ...links]) {
    const problem = pathProblem(path);
    if (problem !== null) return `"${path}" ${problem}`;
    const folded = path.normalize("NFC").toLowerCase();
    if (seen.has(folded)) return `"${path}" is there twice, or differs from another only in case`;
    seen.add(folded);
    for (let folder = posix.dirname(folded); folder !== "."; folder = posix.dirname(folder)) {
      if (linked.has(folder)) return `"${path}" lies below a link`;
    }
  }
  for (const { path, target } of links) {
    const [top, root] = path.split("/");
    const end = posix.normalize(posix.join(posix.dirname(path), target));
    if (top !== "python" || posix.isAbsolute(target) || target.includes("\\") || !end.startsWith(`python/${root}/`)) {
      return `the link "${path}" leads to "${target}", outside of its Python`;
    }
  }
  return null;
}
