import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { executableName, platformKey } from "./platform.ts";
import { runTool } from "./run-tool.ts";
import { findExecutables, pathFolders } from "./search-path.ts";
import { uvVersion, uvWheels } from "./uv-release.ts";
import { readZipFile } from "./zip.ts";

export type FetchedUv =
  | { readonly ok: true }
  | { readonly ok: false; readonly places: readonly { readonly place: string; readonly found: string }[] };

function wheelHashes(): string[] {
  const key = platformKey();
  return Object.entries(uvWheels)
    .filter(([platform]) => platform === key || platform === `${key}-musl`)
    .map(([, wheel]) => wheel.sha256);
}

/** Python commands that may have pip, the likeliest first. */
function pipCommands(environment: NodeJS.ProcessEnv): { file: string; before: string[] }[] {
  const folders = pathFolders(environment);
  const names = process.platform === "win32" ? ["python", "python3"] : ["python3", "python"];
  const pythons = names.flatMap((name) => findExecutables(name, folders)).map((file) => ({ file, before: [] as string[] }));
  const launcher = process.platform === "win32" ? findExecutables("py", folders).map((file) => ({ file, before: ["-3"] })) : [];
  return [...launcher, ...pythons].slice(0, 6);
}

async function installWheel(wheel: string, target: string): Promise<string | null> {
  const content = await readFile(wheel);
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (!wheelHashes().includes(sha256)) return `fetched a file with another hash: ${sha256}`;
  const program = readZipFile(content, (name) => name.endsWith(`.data/scripts/${executableName("uv")}`));
  if (!program) return "fetched a wheel without uv in it";
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString("hex")}`;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(temporary, program, { flush: true });
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return null;
}

/**
 * Lets pip, from whichever Python has it, fetch the pinned wheel of uv by hash (from the wheel folders, our index or its own), and puts uv at
 * `target`.
 */
export async function fetchUv(
  settings: Settings,
  target: string,
  options: { readonly environment?: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<FetchedUv> {
  const environment = options.environment ?? process.env;
  const hashes = wheelHashes();
  if (hashes.length === 0)
    return { ok: false, places: [{ place: "pip", found: `no wheel of uv is pinned for ${platformKey()}` }] };
  const commands = pipCommands(environment);
  if (commands.length === 0) return { ok: false, places: [{ place: "pip", found: "no Python on PATH to run it" }] };

  const folder = join(dirname(dirname(target)), `.fetch-${process.pid}-${randomBytes(4).toString("hex")}`);
  const places: { place: string; found: string }[] = [];
  try {
    await mkdir(folder, { recursive: true });
    const requirements = join(folder, "uv.txt");
    await writeFile(requirements, `uv==${uvVersion} ${hashes.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`);
    const sources = [
      ...settings.wheelhouse.flatMap((place) => ["--find-links", place]),
      ...(settings.offline ? ["--no-index"] : settings.index !== undefined ? ["--index-url", settings.index] : []),
    ];
    for (const { file, before } of commands) {
      const run = await runTool(
        file,
        [
          ...before,
          ...["-I", "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-cache-dir"],
          ...["--disable-pip-version-check", "--progress-bar", "off", "--retries", "1", "--timeout", "5"],
          ...sources,
          ...["-d", folder, "-r", requirements],
        ],
        { environment: cleanEnvironment(environment), timeoutMs: 300_000, signal: options.signal },
      );
      const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
      const problem =
        run.exitCode === 0 && wheel
          ? await installWheel(join(folder, wheel), target)
          : (run.tail.findLast((line) => /error|no module|not found/i.test(line)) ?? run.tail.at(-1) ?? run.failureText);
      if (problem === null) return { ok: true };
      places.push({ place: `pip of ${file}`, found: problem.slice(0, 200) });
    }
    return { ok: false, places };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return { ok: false, places: [...places, { place: "pip", found: `cannot write: ${(error as Error).message}` }] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
