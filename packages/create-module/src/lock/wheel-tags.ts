import type { LockPlatform } from "./platforms.ts";

/** True when a wheel of this file name runs under CPython of this minor version ("3.11") on one of the platforms. */
export function suits(fileName: string, pythonMinor: string, platforms: readonly Pick<LockPlatform, "tag">[]): boolean {
  const parts = fileName.replace(/\.whl$/, "").split("-");
  const [pythons, abis, systems] = parts.slice(-3).map((part) => part.split("."));
  if (!fileName.endsWith(".whl") || !pythons || !abis || !systems) return false;
  const minor = Number(pythonMinor.split(".")[1]);
  const hasPython = pythons.some((tag) => {
    const cpython = /^cp3(\d+)$/.exec(tag);
    if (cpython) return abis.includes("abi3") ? Number(cpython[1]) <= minor : Number(cpython[1]) === minor;
    const any = /^py3(\d*)$/.exec(tag);
    return any !== null && (any[1] === "" || Number(any[1]) <= minor);
  });
  const hasAbi = abis.some((abi) => abi === "none" || abi === "abi3" || abi === `cp3${minor}`);
  return hasPython && hasAbi && systems.some((system) => system === "any" || platforms.some(({ tag }) => tag.test(system)));
}
