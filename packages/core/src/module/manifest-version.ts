import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { packageFolder } from "../package-folder.ts";

/**
 * Versions of the contract between modules and core that this core runs: what module.json says, how locks look, and what a worker may use of
 * `parfocal_worker`. A module is built for the newest of its time; raise `newest` with a change that an older core would misread, and `oldest`
 * only in a major version of core.
 */
export const manifestVersions = { oldest: 1, newest: 1 } as const;

interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function readPackage(folder: string): PackageManifest {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageManifest;
  } catch {
    return {}; // a folder of Python alone has none
  }
}

/**
 * Refuses a module whose contract this core does not know. What its package asks of core's version is said, but does not decide: a module of an
 * earlier major version runs as long as its contract is known.
 *
 * @param json content of module.json; other problems of it are not looked for
 * @throws ParfocalError MODULE_INCOMPATIBLE naming the module, both versions and what to install.
 */
export function checkManifestVersion(folder: string, json: unknown): void {
  if (typeof json !== "object" || json === null) return;
  const { manifestVersion, name: moduleName } = json as { readonly manifestVersion?: unknown; readonly name?: unknown };
  if (typeof manifestVersion !== "number" || !Number.isInteger(manifestVersion)) return;
  const { oldest, newest } = manifestVersions;
  if (manifestVersion >= oldest && manifestVersion <= newest) return;

  const { name, version, dependencies, peerDependencies } = readPackage(folder);
  const { version: coreVersion = "of unknown version" } = readPackage(packageFolder);
  const wantedCore = dependencies?.["@parfocal/core"] ?? peerDependencies?.["@parfocal/core"] ?? null;
  const label = name === undefined ? `the module ${String(moduleName)} in ${folder}` : `${name} ${version ?? ""} in ${folder}`;
  const known = oldest === newest ? `version ${newest}` : `versions ${oldest} to ${newest}`;
  const asks = wantedCore === null ? "" : ` and asks for @parfocal/core ${wantedCore}`;
  throw new ParfocalError(
    "MODULE_INCOMPATIBLE",
    `${label} follows version ${manifestVersion} of the module contract${asks}; @parfocal/core ${coreVersion} runs ${known}`,
    {
      hint:
        manifestVersion > newest
          ? "install the newest Parfocal with `npm install parfocal@latest`"
          : name === undefined
            ? "bring the folder up to date as docs/guides/release.md says, or use the Parfocal that it was made with"
            : `install the newest version of the module with \`npm install ${name}@latest\``,
      details: { manifestVersion, oldest, newest, wantedCore, coreVersion },
    },
  );
}
