import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { glob } from "tinyglobby";
import type { Target } from "../targets.ts";
import type { Item } from "./item.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package and its place below `app`, such as `node_modules/koffi`. */
export interface PlacedPackage {
  readonly place: string;
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/** A package that the target needs and this machine lacks, since it is for another platform. */
export interface ForeignPackage {
  readonly place: string;
  readonly name: string;
  readonly version: string;
}

export interface PackageTree {
  readonly packages: readonly PlacedPackage[];
  readonly foreign: readonly ForeignPackage[];
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Folder of a package as Node finds it from another's. */
function findPackage(name: string, from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
    if (dirname(folder) === folder) return null;
  }
}

function suits({ os, cpu, libc }: Manifest, target: Target): boolean {
  const fits = (list: readonly string[] | undefined, wanted: string): boolean =>
    list === undefined || list.includes(wanted) || (list.every((each) => each.startsWith("!")) && !list.includes(`!${wanted}`));
  return fits(os, target.os) && fits(cpu, target.cpu) && (target.os !== "linux" || fits(libc, "glibc"));
}

/** Optional packages for one platform end with its name: `@koromix/koffi-win32-x64`. */
function isNamedFor(name: string, { key }: Target): boolean {
  return name.endsWith(`-${key}`) || name.endsWith(`-${key}-gnu`) || name.endsWith(`-${key}-msvc`);
}

/**
 * The command, modules, and all that they need at run time, as they are installed here, laid out as npm lays them out: each at the top unless
 * another version is there. Optional packages are those of the target, whatever this machine is.
 *
 * @param roots folders of the packages that are wanted.
 * @throws ParfocalError MODULE_INVALID when a package that is needed is not installed.
 */
export function readPackageTree(roots: readonly string[], target: Target): PackageTree {
  const placed = new Map<string, PlacedPackage>();
  const foreign = new Map<string, ForeignPackage>();
  const queue: PlacedPackage[] = [];
  const put = (place: string, folder: string): void => {
    const { name, version } = readManifest(folder);
    const item = { place, folder, name, version };
    placed.set(place, item);
    queue.push(item);
  };
  /** Where a package of this name is seen from a place, as Node looks. */
  const seenFrom = (place: string, name: string): PlacedPackage | ForeignPackage | undefined => {
    const parts = place.split("/node_modules/");
    for (let length = parts.length; length >= 0; length -= 1) {
      const base = length === 0 ? "" : `${parts.slice(0, length).join("/node_modules/")}/`;
      const found = placed.get(`${base}node_modules/${name}`) ?? foreign.get(`${base}node_modules/${name}`);
      if (found) return found;
    }
    return undefined;
  };
  for (const root of roots.map((folder) => realpathSync(folder))) {
    const { name } = readManifest(root);
    const there = placed.get(`node_modules/${name}`);
    if (there && there.folder !== root) {
      throw new ParfocalError("MODULE_AMBIGUOUS", `two packages are called ${name}: ${there.folder} and ${root}`, {
        hint: "name one of them",
        details: { name, folders: [there.folder, root] },
      });
    }
    if (!there) put(`node_modules/${name}`, root);
  }
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { place, folder, name: parent } = next;
    const { dependencies = {}, optionalDependencies = {} } = readManifest(folder);
    for (const [name, range] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      if (name.startsWith("@parfocal/uv-")) continue; // uv is made from its wheel
      const optional = name in optionalDependencies;
      const found = findPackage(name, folder);
      if (found !== null && suits(readManifest(found), target)) {
        const seen = seenFrom(place, name);
        if (seen && "folder" in seen && seen.folder === found) continue;
        put(seen ? `${place}/node_modules/${name}` : `node_modules/${name}`, found);
        continue;
      }
      if (optional && isNamedFor(name, target) && /^\d/.test(range)) {
        const seen = seenFrom(place, name);
        if (seen?.version === range) continue;
        const at = seen ? `${place}/node_modules/${name}` : `node_modules/${name}`;
        foreign.set(at, { place: at, name, version: range });
        continue;
      }
      if (!optional) {
        throw new ParfocalError("MODULE_INVALID", `${parent} needs the npm package ${name}, which is not installed beside it`, {
          hint: "run `npm install` in the folder from which parfocal is started",
        });
      }
    }
  }
  return { packages: [...placed.values()], foreign: [...foreign.values()] };
}

/** What only serves those who write programs with a package. */
const development = ["**/*.d.ts", "**/*.d.mts", "**/*.d.cts", "**/*.map", "**/*.tsbuildinfo", "**/CHANGELOG*"];

/** Files that a package needs at run time, with its licence: of those that npm would publish. */
export async function packageItems({ folder, place }: PlacedPackage): Promise<Item[]> {
  const { files, exports } = readManifest(folder);
  const isInstalled = folder.split(sep).includes("node_modules");
  const published = (files ?? ["**"]).filter((each) => !each.startsWith("!"));
  const wanted = isInstalled ? ["**"] : [...published, "package.json", "README*", "LICEN[CS]E*"];
  const unpublished = isInstalled ? [] : (files ?? []).filter((each) => each.startsWith("!")).map((each) => each.slice(1));
  const source = exports?.["."]?.["@parfocal/source"] === undefined ? [] : ["src"]; // the built package is there
  const both = (pattern: string): string[] => [pattern, `${pattern.replace(/\/$/, "")}/**`];
  const found = await glob(wanted.flatMap(both), {
    cwd: folder,
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
    ignore: [...[...unpublished, ...source].flatMap(both), ...development, "**/node_modules/**", "**/__pycache__/**"],
  });
  return [...new Set(found)].sort().map((path) => ({ path: `app/${place}/${path}`, from: { file: join(folder, path) } }));
}
