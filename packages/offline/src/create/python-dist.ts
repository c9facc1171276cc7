import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readlink, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { glob } from "tinyglobby";
import type { Target } from "../targets.ts";
import type { Item } from "./item.ts";
import { unpackTar } from "./unpack-tar.ts";

/** A Python that goes into a bundle. */
export interface PythonDist {
  readonly minor: string;
  /** Folder below `python`, named as uv names it. */
  readonly name: string;
  readonly items: readonly Item[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

const left = ["**/__pycache__/**", "**/*.a", "**/site-packages/**", "**/test/**", "**/tests/**", "share/**", "include/**"];

function unsuitable(place: string, problem: string): ParfocalError<"USAGE"> {
  return new ParfocalError("USAGE", `${place} is no Python that can be brought along: ${problem}`, {
    hint: "give the unpacked folder or the .tar.gz of an `install_only` build of python-build-standalone for that platform",
  });
}

/** The folder of Python itself: the one that is given, or `python` in it, as archives have it. */
function findRoot(folder: string, target: Target): { root: string; minor: string } | null {
  for (const root of [folder, join(folder, "python"), join(folder, "python", "install")]) {
    const names = (place: string): string[] => (existsSync(place) ? readdirSync(place) : []);
    if (target.os === "win32") {
      const library = names(root)
        .map((name) => /^python3(\d+)\.dll$/i.exec(name)?.[1])
        .find(Boolean);
      if (library && existsSync(join(root, "python.exe"))) return { root, minor: `3.${library}` };
      continue;
    }
    const program = names(join(root, "bin"))
      .map((name) => /^python3\.(\d+)$/.exec(name)?.[1])
      .find(Boolean);
    if (program && existsSync(join(root, "lib", `python3.${program}`, "os.py"))) return { root, minor: `3.${program}` };
  }
  return null;
}

/** First bytes of programs: ELF, Mach-O and MZ. */
const beginnings: Readonly<Record<string, readonly string[]>> = {
  linux: ["7f454c46"],
  darwin: ["cffaedfe", "cafebabe"],
  win32: ["4d5a"],
};

function versionOf(root: string, minor: string): string {
  const header = [join(root, "include", `python${minor}`, "patchlevel.h"), join(root, "include", "patchlevel.h")].find(
    existsSync,
  );
  return (header && /PY_VERSION\s+"(\d+\.\d+\.\d+)/.exec(readFileSync(header, "utf8"))?.[1]) ?? `${minor}.0`;
}

/**
 * Reads a Python for the target: a folder, or a `.tar.gz` that is unpacked into `scratch`. Its tests, static libraries and packages stay out.
 *
 * @throws ParfocalError USAGE when it is none, or is for another platform.
 */
export async function readPythonDist(place: string, target: Target, scratch: string): Promise<PythonDist> {
  const stats = await stat(place).catch(() => null);
  if (stats === null) throw unsuitable(place, "it does not exist");
  const folder = stats.isDirectory() ? place : await unpack(place, scratch);
  const found = findRoot(folder, target);
  if (!found) throw unsuitable(place, `there is no Python for ${target.key} in it`);
  const { minor } = found;
  const root = await realpath(found.root);
  const program = target.os === "win32" ? "python.exe" : `bin/python${minor}`;
  const start = readFileSync(join(root, program)).subarray(0, 4).toString("hex");
  if (!beginnings[target.os]?.some((each) => start.startsWith(each))) throw unsuitable(place, `${program} is for another system`);
  const name = `cpython-${versionOf(root, minor)}-${target.pythonSuffix}`;
  const items: Item[] = [];
  const links: { path: string; target: string }[] = [];
  // links are told apart from files; those to folders are listed as what they are, too
  const paths = await glob(["**"], { cwd: root, dot: true, onlyFiles: false, followSymbolicLinks: false, ignore: left });
  for (const path of paths.map((each) => each.replace(/\/$/, "")).sort()) {
    if (path === "" || path === ".") continue;
    const at = join(root, path);
    const linked = await readlink(at).catch(() => null);
    if (linked !== null) {
      const end = relative(root, await realpath(at).catch(() => dirname(root)));
      if (end.startsWith("..")) throw unsuitable(place, `${path} is a link that leads out of it`);
      links.push({ path: `python/${name}/${path}`, target: posix.relative(posix.dirname(path), end.split(sep).join("/")) });
      continue;
    }
    const info = await stat(at);
    if (!info.isFile()) continue;
    const executable = target.os !== "win32" && (info.mode & 0o111) !== 0;
    items.push({ path: `python/${name}/${path}`, from: { file: at }, ...(executable && { executable }) });
  }
  return { minor, name, items, links };
}

async function unpack(archive: string, scratch: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, "python-"));
  try {
    await unpackTar(archive, folder, () => true);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw unsuitable(archive, (error as Error).message);
  }
  return folder;
}
