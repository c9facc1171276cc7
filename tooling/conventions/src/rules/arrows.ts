import { posix } from "node:path";
import type { Problem } from "../problem.ts";
import { filesOf, type Repository, readText, type WorkspacePackage } from "../repository.ts";

/** Packages of this repository that a published package may need at run time. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  io: ["@parfocal/core"],
  testing: ["@parfocal/core", "@parfocal/io"],
  "create-module": ["@parfocal/core"],
  offline: ["@parfocal/core", "create-parfocal-module"],
  cli: [
    "@parfocal/core",
    "@parfocal/io",
    "@parfocal/nis-elements",
    "@parfocal/offline",
    "@parfocal/server",
    "@parfocal/testing",
    "create-parfocal-module",
  ],
  server: ["@parfocal/core", "@parfocal/io"],
  pipeline: ["@parfocal/core", "@parfocal/io"],
  "nis-elements": ["@parfocal/core", "@parfocal/io"],
};

const specifiers = /(?:from|import)\s*\(?\s*["']([^"']+)["']/g;

/** Arrows point one way: modules need core alone and know no other module, io needs core alone, core needs none. */
export function checkArrows({ packages }: Repository): Problem[] {
  const names = new Map(packages.map((item) => [item.manifest.name, item]));
  const modules = packages.filter(({ group }) => group === "modules");
  return packages
    .filter(({ group }) => group !== "tooling")
    .flatMap((item) => [...declaredProblems(item, names), ...moduleProblems(item, modules), ...importProblems(item, names)]);
}

function allowedFor({ group, folderName }: WorkspacePackage): readonly string[] | undefined {
  return group === "modules" ? ["@parfocal/core"] : allowed[folderName];
}

function declaredProblems(item: WorkspacePackage, names: ReadonlyMap<string, WorkspacePackage>): Problem[] {
  const mayNeed = allowedFor(item);
  if (mayNeed === undefined) return [];
  return Object.keys({ ...item.manifest.dependencies, ...item.manifest.peerDependencies })
    .filter((name) => names.has(name) && !mayNeed.includes(name))
    .map((name) => ({
      place: `${item.place}/package.json`,
      what: `depends on ${name}`,
      todo: `it may depend on ${mayNeed.join(" and ") || "no other package of this repository"}; move what is shared there`,
    }));
}

function moduleProblems(item: WorkspacePackage, modules: readonly WorkspacePackage[]): Problem[] {
  if (item.group !== "modules") return [];
  const others = new Set(modules.map(({ manifest }) => manifest.name).filter((name) => name !== item.manifest.name));
  return Object.keys(item.manifest.devDependencies)
    .filter((name) => others.has(name))
    .map((name) => ({ place: `${item.place}/package.json`, what: `knows the module ${name}`, todo: "no module knows another" }));
}

function importProblems(item: WorkspacePackage, names: ReadonlyMap<string, WorkspacePackage>): Problem[] {
  const declared = new Set(Object.keys({ ...item.manifest.dependencies, ...item.manifest.peerDependencies }));
  return filesOf(item, "src/**/*.ts")
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => {
      const place = `${item.place}/${path}`;
      return [...readText(item, path).matchAll(specifiers)].flatMap(([, name = ""]): Problem[] => {
        if (name.startsWith(".")) {
          const target = posix.join(posix.dirname(path), name);
          if (!target.startsWith("..")) return [];
          return [{ place, what: `imports ${name}, outside its package`, todo: "import what a package exports, by its name" }];
        }
        const owner = name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/");
        if (!names.has(owner) || declared.has(owner)) return [];
        return [{ place, what: `imports ${name}, which is not among its dependencies`, todo: "add it there, if it may be" }];
      });
    });
}
