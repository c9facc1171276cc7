import { execa } from "execa";
import type { PlatformPackage } from "./platform-packages.ts";

/** Whether the registry that npm is set to has this version. */
async function isPublished(name: string, version: string): Promise<boolean> {
  const { exitCode, stdout, stderr } = await execa("npm", ["view", `${name}@${version}`, "version", "--json"], { reject: false });
  if (exitCode === 0) return stdout.trim() !== "";
  if (/\bE404\b/.test(`${stdout}${stderr}`)) return false;
  throw new Error(`the registry did not say whether it has ${name}@${version}: ${stderr}`);
}

/**
 * Publishes a platform package to the registry that npm is set to, unless it is there.
 * @returns true when it was published now
 * @throws Error with npm's or pnpm's own words.
 */
export async function publishPackage({ manifest: { name, version } }: PlatformPackage, folder: string): Promise<boolean> {
  if (await isPublished(name, version)) return false;
  await execa("pnpm", ["publish", "--no-git-checks", "--access", "public"], { cwd: folder, preferLocal: true });
  return true;
}
