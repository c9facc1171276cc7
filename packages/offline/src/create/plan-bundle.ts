import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type Accelerator,
  listWeights,
  type Module,
  platformKey,
  readSettings,
  resolveParams,
  type Settings,
  selectSets,
} from "@parfocal/core";
import { createCompiler } from "create-parfocal-module";
import { findTarget, type Target } from "../targets.ts";
import { isFetched, type Remote } from "./fetch-remote.ts";
import { type Item, itemBytes } from "./item.ts";
import { npmRemote } from "./npm-remote.ts";
import { type ForeignPackage, packageItems, readPackageTree } from "./package-tree.ts";
import { type PythonDist, readPythonDist } from "./python-dist.ts";
import { type BundledLock, chooseLock, lockedWheels, uvWheel } from "./wheels.ts";

export interface BundleRequest {
  readonly modules: readonly Module[];
  /** Folder of the command's package. */
  readonly command: string;
  /** "windows", "linux", "macos", or exactly, such as "darwin-x64". Default: this machine's. */
  readonly platform?: string | undefined;
  /** Default cpu. */
  readonly accelerator?: Accelerator | undefined;
  /** Profile of the modules that have one of this name. Default: each module's default. */
  readonly profile?: string | undefined;
  /** Which declared weights come along. Default: those that the default parameters need. */
  readonly weights?: "default" | "all" | "none" | undefined;
  /** Pythons of the target's platform: unpacked folders or `.tar.gz`. */
  readonly pythonDists?: readonly string[] | undefined;
  readonly settings?: Partial<Settings> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: ((message: string) => void) | undefined;
}

/** All that a bundle needs, and how much it is, before anything is fetched. */
export interface BundlePlan {
  readonly target: Target;
  readonly accelerator: Accelerator;
  readonly settings: Settings;
  readonly locks: readonly BundledLock[];
  readonly wheels: readonly Remote[];
  readonly uv: Remote;
  readonly node: Remote;
  readonly foreign: readonly (ForeignPackage & { readonly remote: Remote })[];
  /** Files that are here. */
  readonly items: readonly Item[];
  readonly pythons: readonly PythonDist[];
  /** Minor versions of Python that the modules need and the bundle lacks. */
  readonly missingPythons: readonly string[];
  readonly cache: string;
  readonly downloadBytes: number;
  /** About what the zip will have. */
  readonly zipBytes: number;
  /** About what everything takes once it is installed, environments included. */
  readonly installedBytes: number;
}

/** A module's manifest with those sets of weights that are wanted, as if always needed. */
export function wantedWeights({ manifest }: Module, which: "default" | "all" | "none"): Module["manifest"] {
  const usual = resolveParams(manifest, {}, { stages: ["load"] });
  const sets = which === "none" ? [] : which === "all" ? manifest.weights : selectSets(manifest.weights, usual);
  return { ...manifest, weights: sets.map((set) => ({ ...set, when: {} })) };
}

const unpackedShare = 2.6; // of Node's packages, measured for 24.21.0: 126.6 MB of 52.5 and 93.6 of 35.8

/**
 * Works out what goes into a bundle: asks the index and npm where things are, fetches nothing.
 *
 * @throws ParfocalError USAGE, DEVICE_UNAVAILABLE, ENV_LOCK_INVALID, LOCK_FAILED, ENV_NETWORK, MODULE_INVALID and what finding uv throws.
 */
export async function planBundle(request: BundleRequest): Promise<BundlePlan> {
  const { modules, command, accelerator = "cpu", profile, signal, onMessage = () => {} } = request;
  const settings = readSettings(request.settings);
  const target = findTarget(request.platform ?? platformKey());
  const cache = join(settings.home, "bundle-cache");
  const locks = modules.map((module) =>
    chooseLock(module, target, accelerator, profile !== undefined && profile in module.manifest.profiles ? profile : undefined),
  );
  const dists = request.pythonDists ?? [];
  const pythons: PythonDist[] = [];
  for (const place of dists) pythons.push(await readPythonDist(place, target, join(cache, "scratch")));

  onMessage("reading the packages of npm");
  const tree = readPackageTree([command, ...modules.map(({ handle }) => handle.folder)], target);
  const items = (await Promise.all(tree.packages.map(packageItems))).flat();
  const node = await npmRemote(target.node.name, target.node.version, signal);
  const foreign = [];
  for (const each of tree.foreign) foreign.push({ ...each, remote: await npmRemote(each.name, each.version, signal) });

  onMessage("asking the index for the wheels");
  const compiler = await createCompiler({ settings, signal, onMessage });
  const wheels = new Map<string, Remote>();
  let uv: Remote;
  try {
    for (const lock of locks) for (const wheel of await lockedWheels(compiler, lock, target)) wheels.set(wheel.digest, wheel);
    uv = await uvWheel(compiler, locks[0]?.pythonMinor ?? "3.11", target);
  } finally {
    compiler.dispose();
  }

  const sized = [...wheels.values()];
  const all = [...sized, uv, node, ...foreign.map(({ remote }) => remote)];
  const weightSets = modules.flatMap((module) => listWeights(wantedWeights(module, request.weights ?? "default"), settings));
  const weightFiles = weightSets.flatMap(({ files }) => files);
  const sum = (values: readonly (number | null)[]): number => values.reduce<number>((total, each) => total + (each ?? 0), 0);
  const bytesOf = async (remote: Remote): Promise<number> =>
    remote.bytes ?? (await stat(remote.location).catch(() => null))?.size ?? 0;
  const isHere = await Promise.all(all.map((remote) => isFetched(remote, cache)));
  const appBytes = sum(await Promise.all(items.map(itemBytes)));
  const pythonBytes = sum(await Promise.all(pythons.flatMap((each) => each.items).map(itemBytes)));
  const wheelBytes = sum(await Promise.all(sized.map(bytesOf)));
  const weightBytes = sum(weightFiles.map(({ bytes }) => bytes));
  const nodeBytes = await bytesOf(node);
  const uvBytes = await bytesOf(uv);
  const foreignBytes = sum(foreign.map(({ remote }) => remote.bytes));
  const needed = new Set(locks.map(({ pythonMinor }) => pythonMinor));
  for (const { minor } of pythons) needed.delete(minor);
  return {
    target,
    accelerator,
    settings,
    locks,
    wheels: sized,
    uv,
    node,
    foreign,
    items,
    pythons,
    missingPythons: [...needed].sort(),
    cache,
    downloadBytes:
      sum(all.map((remote, index) => (isHere[index] ? 0 : remote.bytes))) +
      sum(weightFiles.map((file) => (file.isHere ? 0 : file.bytes))),
    zipBytes: Math.round(wheelBytes + weightBytes + nodeBytes + uvBytes + foreignBytes + 0.35 * (appBytes + pythonBytes)),
    installedBytes: Math.round(
      wheelBytes +
        weightBytes +
        unpackedShare * (nodeBytes + uvBytes + foreignBytes) +
        appBytes +
        pythonBytes +
        sum(locks.map(({ installedBytes }) => installedBytes)),
    ),
  };
}
