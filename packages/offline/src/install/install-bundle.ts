import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  bundledName,
  bundledSchema,
  freeBytesAt,
  ParfocalError,
  platformKey,
  readSettings,
  type Settings,
  tryLock,
} from "@parfocal/core";
import type { BundleProgress } from "../create/create-bundle.ts";
import { invalidBundle, throwIfCancelled } from "../failures.ts";
import { type BundleFile, type BundleManifest, contentBytes } from "../manifest.ts";
import { checkBundle } from "./check-bundle.ts";
import { commandFolder, commandPath, type Installed, programs, readInstalled, useInstalled } from "./installed.ts";
import { type OpenBundle, openBundle } from "./open-bundle.ts";
import { placeFile } from "./place-file.ts";
import { placeFolder } from "./place-folder.ts";

/** What installing will take, before anything is read in full or written. */
export interface InstallPlan {
  readonly place: string;
  /** Folder that it is installed to. */
  readonly root: string;
  readonly manifest: BundleManifest;
  readonly id: string;
  readonly contentBytes: number;
  /** With the environments that are built afterwards. */
  readonly installedBytes: number;
  readonly freeBytes: number;
  /** Minor versions of Python that the modules need and the bundle lacks. */
  readonly missingPythons: readonly string[];
}

export interface InstallOptions {
  /** Path of the zip, or of the folder it was unpacked to. */
  readonly bundle: string;
  /** Where to install. Default: Parfocal's home. */
  readonly to?: string | undefined;
  /** Only check and plan. */
  readonly dryRun?: boolean | undefined;
  readonly settings?: Partial<Settings> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPlan?: ((plan: InstallPlan) => void) | undefined;
  readonly onProgress?: ((progress: BundleProgress) => void) | undefined;
}

export interface InstalledBundle extends InstallPlan {
  /** The command to type, and its folder for PATH. */
  readonly command: string;
  readonly commandFolder: string;
  /** Programs that run it without the shell. */
  readonly node: string;
  readonly cli: string;
}

/**
 * Installs a bundle for this user. All of it is checked before anything is written; each part appears only when it is whole, and the command
 * changes last. What an earlier bundle brought stays.
 *
 * @returns null after a dry run.
 * @throws ParfocalError INPUT_NOT_FOUND, BUNDLE_INVALID, USAGE, ENV_NO_SPACE, ENV_PERMISSION, BUSY when another installation runs, CANCELLED.
 */
export async function installBundle(options: InstallOptions): Promise<InstalledBundle | null> {
  const { signal, onProgress = () => {} } = options;
  const root = resolve(options.to ?? readSettings(options.settings).home);
  const bundle = await openBundle(options.bundle);
  try {
    const { manifest, place, id } = bundle;
    const plan: InstallPlan = {
      place,
      root,
      manifest,
      id,
      contentBytes: contentBytes(manifest.files),
      installedBytes: contentBytes(manifest.files) + (manifest.environmentBytes ?? 0),
      freeBytes: await freeBytesAt(root),
      missingPythons: [...new Set(manifest.modules.map(({ python }) => python))]
        .filter((minor) => !(minor in manifest.pythons))
        .sort(),
    };
    options.onPlan?.(plan);
    refuseUnsuitable(plan);
    await checkBundle(bundle, { signal, onProgress });
    if (options.dryRun) return null;
    const lock = await tryLock(`install ${root}`);
    if (lock === null) {
      throw new ParfocalError("BUSY", `another installation to ${root} runs`, { hint: "wait until it has ended" });
    }
    try {
      const installed = await putAll(bundle, root, options);
      return { ...plan, command: commandPath(root), commandFolder: commandFolder(root), ...programs(root, installed) };
    } finally {
      await lock.release();
    }
  } finally {
    await bundle.close();
  }
}

function refuseUnsuitable({ manifest, place, root, installedBytes, freeBytes }: InstallPlan): void {
  if (manifest.platform !== platformKey()) {
    throw new ParfocalError("BUNDLE_INVALID", `${place} is for ${manifest.platform}, this PC is ${platformKey()}`, {
      hint: `make one with \`parfocal bundle create ... --platform ${platformKey()}\``,
    });
  }
  const before = readInstalled(root);
  if (before !== null && before.accelerator !== manifest.accelerator) {
    throw new ParfocalError(
      "USAGE",
      `${root} has what a bundle for ${before.accelerator} brought; this one is for ${manifest.accelerator}`,
      {
        hint: `make the bundle with \`--accelerator ${before.accelerator}\`, or install this one to another folder with --to`,
      },
    );
  }
  // what an attempt that was interrupted left is counted twice; it is looked at again when the disk is full
  if (freeBytes < installedBytes && before === null) {
    throw new ParfocalError(
      "ENV_NO_SPACE",
      `the bundle needs ${gigabytes(installedBytes)} in ${root}, where ${gigabytes(freeBytes)} are free`,
      {
        hint: "free some space, or install to a folder on another disk with --to",
        details: { neededBytes: installedBytes, freeBytes, folder: root },
      },
    );
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

async function putAll(bundle: OpenBundle, root: string, { signal, onProgress = () => {} }: InstallOptions): Promise<Installed> {
  const { manifest } = bundle;
  const totalBytes = contentBytes(manifest.files);
  let bytes = 0;
  const counting = (message: string) => (more: number) => {
    bytes += more;
    onProgress({ step: "copy", message, bytes, totalBytes });
  };
  for (const file of manifest.files.filter(({ path }) => /^(wheels|weights)\//.test(path))) {
    await placeFile(bundle, file, join(root, ...file.path.split("/")), signal, counting(file.path));
  }
  for (const name of Object.values(manifest.pythons)) {
    const prefix = `python/${name}/`;
    const links = manifest.links
      .filter(({ path }) => path.startsWith(prefix))
      .map(({ path, target }) => ({ path: path.slice(prefix.length), target }));
    await placeFolder(
      bundle,
      { place: join(root, "python", name), files: below(manifest, prefix), links },
      signal,
      counting(prefix),
    );
  }
  await placeFolder(
    bundle,
    { place: join(root, "node", manifest.node), files: below(manifest, "node/") },
    signal,
    counting("node"),
  );
  throwIfCancelled(signal);
  const app = await placeApp(bundle, root, signal, counting("app"));
  const installed: Installed = { app, node: manifest.node, accelerator: manifest.accelerator };
  await useInstalled(root, installed);
  return installed;
}

function below({ files }: BundleManifest, prefix: string): { file: BundleFile; path: string }[] {
  return files.filter(({ path }) => path.startsWith(prefix)).map((file) => ({ file, path: file.path.slice(prefix.length) }));
}

/** Top packages of an app, as `name` or `@scope/name`. */
function topPackages(app: string): string[] {
  const modules = join(app, "node_modules");
  if (!existsSync(modules)) return [];
  return readdirSync(modules).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name],
  );
}

/** The packages of the bundle, with those of what is installed that it does not bring, in a folder that is named by what is in it. */
async function placeApp(
  bundle: OpenBundle,
  root: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const files = below(bundle.manifest, "app/");
  const brought = new Set(files.map(({ path }) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]));
  if (!brought.has("parfocal")) throw invalidBundle(bundle.place, "the command is not in it");
  const before = readInstalled(root);
  const old = before && join(root, "app", before.app);
  const kept =
    old === null
      ? []
      : topPackages(old)
          .filter((name) => !brought.has(name))
          .sort();
  const versionOf = (name: string): string =>
    (JSON.parse(readFileSync(join(old ?? "", "node_modules", name, "package.json"), "utf8")) as { version: string }).version;
  const content = JSON.stringify([
    files.map(({ file }) => [file.path, file.sha256]),
    kept.map((name) => [name, versionOf(name)]),
  ]);
  const app = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const bundled = bundledSchema.parse({
    home: "../..",
    wheelhouse: ["../../wheels"],
    offline: true,
    accelerator: bundle.manifest.accelerator,
  });
  await placeFolder(
    bundle,
    {
      place: join(root, "app", app),
      files,
      async finish(stage) {
        for (const name of kept) {
          const target = join(stage, "node_modules", name);
          await cp(join(old ?? "", "node_modules", name), target, { recursive: true, force: true });
        }
        await writeFile(join(stage, bundledName), `${JSON.stringify(bundled, null, 2)}\n`);
      },
    },
    signal,
    onBytes,
  );
  return app;
}
