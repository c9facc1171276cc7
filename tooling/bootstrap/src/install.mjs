import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { commandOf, readJson, root } from "./folders.mjs";
import { environment, run } from "./process.mjs";

/** The script of npm that belongs to the running Node; null where it is not at one of the usual places. */
function npmScript() {
  const named = process.env.npm_execpath ?? "";
  const binary = dirname(process.execPath);
  const places = [
    ...(named.endsWith("npm-cli.js") ? [named] : []),
    join(binary, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(binary, "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  return places.find((place) => existsSync(place)) ?? null;
}

/** @param {string} version */
function hasPnpm(version) {
  const manifest = join(root, "node_modules", "pnpm", "package.json");
  return existsSync(manifest) && readJson(manifest).version === version;
}

/**
 * Installs the packages of the lock file, with the pnpm that package.json names.
 * @throws {Error} when that fails
 */
export async function install() {
  const { version } = readJson(join(root, "package.json")).devEngines.packageManager;
  // only errors: on a Node that is too old every package would warn of it, and a newer Node is among what is installed
  const args = ["install", "--frozen-lockfile", "--prefer-offline", "--loglevel=error"];
  console.error("installing the packages of this repository");
  const pnpm = ["exec", "--yes", "--", `pnpm@${version}`, ...args];
  const npm = npmScript();
  const code = hasPnpm(version)
    ? await runPnpm(args)
    : npm === null
      ? await run("npm", pnpm, environment(), process.platform === "win32")
      : await run(process.execPath, [npm, ...pnpm], environment());
  if (code !== 0) throw new Error(`the packages could not be installed (pnpm ended with ${code}); its own message is above`);
}

/** @param {readonly string[]} args */
function runPnpm(args) {
  const command = commandOf("pnpm");
  return /\.[cm]?js$/.test(command)
    ? run(process.execPath, [command, ...args], environment())
    : run(command, args, environment());
}
