import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./folders.mjs";

/**
 * @param {string} version such as "v22.12.0"
 * @returns {boolean} whether this Node runs Parfocal
 */
export function isSupported(version) {
  const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/**
 * The Node that everything runs with: the one installed with the repository's packages where there is one for this platform, else the running one.
 * @returns {string} path of the program
 * @throws {Error} when the running Node is too old and the repository has none for this platform
 */
export function findNode() {
  const own = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(own)) return own;
  if (isSupported(process.version)) return process.execPath;
  throw new Error(
    `Node ${process.version} is too old: Parfocal needs 22.12 or later, and brings its own only on Linux.\n` +
      "Install Node 24 from your package manager or its own site, then run the same command again.",
  );
}
