import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { PlatformPackage } from "./platform-packages.ts";

/** Where npm's and pnpm's settings are read. */
const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Whether a registry has this version. */
async function isPublished(name: string, version: string, registry: string): Promise<boolean> {
  const args = ["view", `${name}@${version}`, "version", "--json", `--registry=${registry}`];
  const { exitCode, stdout, stderr } = await execa("npm", args, { cwd: repository, reject: false });
  if (exitCode === 0) return stdout.trim() !== "";
  if (/\bE404\b/.test(`${stdout}${stderr}`)) return false;
  throw new Error(`the registry did not say whether it has ${name}@${version}: ${stderr}`);
}

/**
 * Publishes a platform package, unless it is there.
 * @param registry address; said to npm and pnpm in each call, since they do not read it from the same settings
 * @returns true when it was published now
 * @throws Error with npm's or pnpm's own words.
 */
export async function publishPackage(
  { manifest: { name, version } }: PlatformPackage,
  folder: string,
  registry: string,
): Promise<boolean> {
  if (await isPublished(name, version, registry)) return false;
  const args = ["publish", folder, "--no-git-checks", "--access", "public", `--registry=${registry}`];
  await execa("pnpm", args, { cwd: repository, preferLocal: true });
  return true;
}

/** The registry that pnpm publishes this repository's packages to. */
export async function publishRegistry(): Promise<string> {
  const { stdout } = await execa("pnpm", ["config", "get", "registry"], { cwd: repository, preferLocal: true });
  return stdout.trim();
}
