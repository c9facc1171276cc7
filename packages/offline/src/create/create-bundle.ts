import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ensureWeights, type OnEvent, ParfocalError, uvVersion } from "@parfocal/core";
import { throwIfCancelled } from "../failures.ts";
import { hashFile } from "../hash-file.ts";
import { checkBundle } from "../install/check-bundle.ts";
import { openBundle } from "../install/open-bundle.ts";
import { type BundleFile, type BundleManifest, contentBytes, manifestName, manifestSchema } from "../manifest.ts";
import { manifestProblem } from "../safe-path.ts";
import { fetchRemote, type Remote } from "./fetch-remote.ts";
import { type Item, itemBytes } from "./item.ts";
import { type BundlePlan, type BundleRequest, planBundle, wantedWeights } from "./plan-bundle.ts";
import { scriptItems } from "./scripts.ts";
import { unpackTar } from "./unpack-tar.ts";
import { uvItems } from "./uv-item.ts";
import { writeZip } from "./write-zip.ts";

/** What is being done, for whoever shows it. */
export interface BundleProgress {
  readonly step: "fetch" | "hash" | "write" | "check" | "copy";
  readonly message: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface CreateOptions extends BundleRequest {
  /** Path of the zip. */
  readonly output: string;
  /** Hears the plan, with all sizes, before the first byte is fetched. */
  readonly onPlan?: ((plan: BundlePlan) => void) | undefined;
  readonly onProgress?: ((progress: BundleProgress) => void) | undefined;
  readonly onEvent?: OnEvent | undefined;
}

export interface CreatedBundle {
  readonly path: string;
  readonly bytes: number;
  /** Bytes of all files in it, unpacked. */
  readonly contentBytes: number;
  readonly files: number;
  readonly manifest: BundleManifest;
  /** sha256 of the list of contents: two bundles with the same one hold the same. */
  readonly id: string;
  readonly missingPythons: readonly string[];
}

/**
 * Makes a bundle: fetches what is not here (kept for the next time), writes the zip, and reads it once as the installer will.
 *
 * @throws ParfocalError what {@link planBundle} throws, ENV_HASH_MISMATCH, WEIGHTS_MISSING, WEIGHTS_UNREACHABLE, OUTPUT_UNWRITABLE, CANCELLED.
 */
export async function createBundle(options: CreateOptions): Promise<CreatedBundle> {
  const { signal, onProgress = () => {}, onEvent } = options;
  const plan = await planBundle(options);
  options.onPlan?.(plan);
  const output = resolve(options.output);
  const { cache, target, settings } = plan;
  await mkdir(join(cache, "scratch"), { recursive: true });
  const scratch = await mkdtemp(join(cache, "scratch", "create-"));
  try {
    let fetched = 0;
    const fetchOne = async (remote: Remote): Promise<string> =>
      fetchRemote(remote, {
        cache,
        signal,
        onBytes: (bytes) => {
          fetched += bytes;
          onProgress({ step: "fetch", message: remote.name, bytes: fetched, totalBytes: plan.downloadBytes });
        },
      });
    const items: Item[] = [...plan.items, ...scriptItems(target), ...plan.pythons.flatMap((python) => python.items)];
    for (const wheel of plan.wheels) items.push({ path: `wheels/${wheel.name}`, from: { file: await fetchOne(wheel) } });
    items.push(...(await uvItems(await fetchOne(plan.uv), target, join(scratch, "uv"))));
    items.push(...(await nodeItems(await fetchOne(plan.node), plan, join(scratch, "node"))));
    for (const each of plan.foreign) {
      items.push(
        ...(await foreignItems(await fetchOne(each.remote), each.place, join(scratch, each.remote.digest.slice(0, 12)))),
      );
    }
    for (const module of options.modules) {
      const manifest = wantedWeights(module, options.weights ?? "default");
      const ready = await ensureWeights(manifest, {}, { settings, signal, ...(onEvent && { onEvent }) });
      for (const { path } of ready) {
        const place = relative(settings.home, path).split(sep).join("/");
        if (!items.some((item) => item.path === place)) items.push({ path: place, from: { file: path } });
      }
    }
    items.sort((a, b) => (a.path < b.path ? -1 : 1));
    const manifest = await describe(plan, items, signal, onProgress);
    const text = `${JSON.stringify(manifest, null, 1)}\n`;
    const total = contentBytes(manifest.files);
    let written = 0;
    await mkdir(dirname(output), { recursive: true });
    await writeZip(output, [{ path: manifestName, from: { text } }, ...items], {
      signal,
      onBytes: (bytes) => {
        written += bytes;
        onProgress({ step: "write", message: output, bytes: written, totalBytes: total });
      },
    });
    const bundle = await openBundle(output);
    try {
      await checkBundle(bundle, { signal, onProgress });
    } finally {
      await bundle.close();
    }
    const { size } = await stat(output);
    const id = createHash("sha256").update(text).digest("hex");
    return {
      path: output,
      bytes: size,
      contentBytes: total,
      files: manifest.files.length,
      manifest,
      id,
      missingPythons: plan.missingPythons,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function nodeItems(archive: string, { target }: BundlePlan, scratch: string): Promise<Item[]> {
  const { program } = target.node;
  await unpackTar(archive, scratch, (path) => path === `package/${program}` || path === "package/LICENSE");
  const place = join(scratch, "package");
  const program_ = { path: `node/${program}`, from: { file: join(place, program) }, executable: true };
  const licence = join(place, "LICENSE");
  const hasLicence = (await stat(licence).catch(() => null)) !== null;
  return hasLicence ? [program_, { path: "node/LICENSE", from: { file: licence } }] : [program_];
}

async function foreignItems(archive: string, place: string, scratch: string): Promise<Item[]> {
  const paths: string[] = [];
  await unpackTar(archive, scratch, (path) => {
    if (!path.startsWith("package/")) return false;
    paths.push(path);
    return true;
  });
  return paths.map((path) => ({ path: `app/${place}/${path.slice("package/".length)}`, from: { file: join(scratch, path) } }));
}

async function describe(
  plan: BundlePlan,
  items: readonly Item[],
  signal: AbortSignal | undefined,
  onProgress: (progress: BundleProgress) => void,
): Promise<BundleManifest> {
  const files: BundleFile[] = [];
  const totalBytes = (await Promise.all(items.map(itemBytes))).reduce((sum, each) => sum + each, 0);
  let bytes = 0;
  for (const { path, from, executable } of items) {
    throwIfCancelled(signal);
    const found =
      "text" in from
        ? { digest: createHash("sha256").update(from.text).digest("hex"), bytes: Buffer.byteLength(from.text) }
        : await hashFile(from.file, { signal });
    bytes += found.bytes;
    onProgress({ step: "hash", message: path, bytes, totalBytes });
    files.push({ path, bytes: found.bytes, sha256: found.digest, ...(executable && { executable }) });
  }
  const environmentBytes = plan.locks.map(({ installedBytes }) => installedBytes);
  const manifest = manifestSchema.parse({
    bundleVersion: 1,
    parfocal: plan.items.length > 0 ? await commandVersion(plan.items) : "",
    platform: plan.target.key,
    accelerator: plan.accelerator,
    node: plan.target.node.version,
    uv: uvVersion,
    modules: plan.locks.map(({ module, profile, accelerator, lock, pythonMinor }) => ({
      name: module.name,
      version: module.version,
      profile,
      accelerator,
      lockSha256: lock.sha256,
      python: pythonMinor,
    })),
    pythons: Object.fromEntries(plan.pythons.map(({ minor, name }) => [minor, name])),
    environmentBytes: environmentBytes.includes(null)
      ? null
      : environmentBytes.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    files,
    links: plan.pythons.flatMap(({ links }) => links),
  });
  const problem = manifestProblem(manifest);
  if (problem !== null) {
    throw new ParfocalError("BUNDLE_INVALID", `the bundle cannot be made: ${problem}`, {
      hint: "rename that file, or leave its package out",
    });
  }
  return manifest;
}

async function commandVersion(items: readonly Item[]): Promise<string> {
  const item = items.find(({ path }) => path === "app/node_modules/parfocal/package.json");
  if (!item || "text" in item.from) return "";
  const { readFile } = await import("node:fs/promises");
  return (JSON.parse(await readFile(item.from.file, "utf8")) as { version: string }).version;
}
