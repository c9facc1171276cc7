import { findInstallations, findManagedEnvironments, type HostView, type NisInstallation } from "@parfocal/nis-elements";
import { formatCount } from "../text/format.ts";
import type { Check } from "./check.ts";

const group = "NIS-Elements";

/** Oldest version whose Python node our scripts are written for. */
const oldest = [6, 20] as const;

/** True for "6.20.2039" and later, null where the version cannot be told. */
function isNewEnough(version: string | null): boolean | null {
  const [major, minor] = (version ?? "").split(".").map(Number);
  if (major === undefined || minor === undefined || Number.isNaN(major) || Number.isNaN(minor)) return null;
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function versionCheck({ version, folder }: NisInstallation): Check {
  const newEnough = isNewEnough(version);
  if (newEnough === null) return { group, name: "version", status: "ok", found: `not listed by Windows; at ${folder}` };
  if (newEnough) return { group, name: "version", status: "ok", found: `${version} at ${folder}` };
  const remedy = "scripts are written for 6.20 and newer: update NIS-Elements";
  return { group, name: "version", status: "warning", found: `${version} at ${folder}`, remedy };
}

function pythonChecks({ python, folder, version }: NisInstallation): Check[] {
  const name = "its Python";
  if (python === null) {
    const remedy = "install the Python part of NIS-Elements with its setup program";
    return [{ group, name, status: "error", found: `none in ${folder}`, remedy }];
  }
  const found = `${python.minor ?? "of unknown version"} with ${python.numpy === null ? "no numpy" : `numpy ${python.numpy}`} in ${python.folder}`;
  const repair = "repair NIS-Elements with its setup program";
  const status = python.numpy === null ? "error" : "ok";
  const checks: Check[] = [{ group, name, status, found, ...(status === "error" && { remedy: repair }) }];
  if (python.limnode === "missing")
    checks.push({ group, name: "limnode", status: "error", found: `no limnode.py in ${python.folder}`, remedy: repair });
  if (python.limnode === "delivered" && version?.startsWith("6.20")) {
    const remedy = 'leave "Run out of process" off in nodes with a table, or install the fixed files of Laboratory Imaging';
    checks.push({
      group,
      name: "limnode",
      status: "warning",
      found: "as delivered: tables written out of process are lost",
      remedy,
    });
  }
  return checks;
}

/** Looks for NIS-Elements, its Python and the Pythons that it manages. */
export async function nisElementsChecks(host: HostView): Promise<Check[]> {
  if (host.platform !== "win32") {
    const found = `runs on Windows only, this is ${host.platform}; the rest is looked at all the same`;
    return [{ group, name: "program", status: "ok", found }];
  }
  const installations = await findInstallations(host);
  if (installations.length === 0) {
    const remedy = "install it on this PC, or go on where it is: the script must be written on the PC that runs it";
    return [
      { group, name: "program", status: "warning", found: "neither among the installed programs nor in their folders", remedy },
    ];
  }
  const environments = findManagedEnvironments(host);
  const names = environments.map(({ name, version }) => (version === null ? name : `${name} (${version})`));
  const managed: Check = {
    group,
    name: "managed Pythons",
    status: "ok",
    found:
      names.length === 0 ? "none" : `${formatCount(names.length, "environment")}: ${names.join(", ")}; our scripts need none`,
  };
  return [...installations.flatMap((installation) => [versionCheck(installation), ...pythonChecks(installation)]), managed];
}
