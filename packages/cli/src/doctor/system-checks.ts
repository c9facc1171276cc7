import { constants, existsSync } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { availableParallelism, release, totalmem } from "node:os";
import { dirname } from "node:path";
import { findDaemon, freeBytesAt, platformKey, type Settings, whyNotMapped } from "@parfocal/core";
import { formatBytes, formatCount } from "../text/format.ts";
import { readVersion } from "../version.ts";
import type { Check } from "./check.ts";

const group = "system";
const comfortableBytes = 5e9;
const neededBytes = 1e9;

async function diskCheck(home: string): Promise<Check> {
  const free = await freeBytesAt(home);
  const found = `${formatBytes(free)} free at ${home}`;
  const remedy = "free some space (`parfocal env gc` helps), or set PARFOCAL_HOME to a folder on another disk";
  if (free < neededBytes) return { group, name: "disk", status: "error", found, remedy };
  if (free < comfortableBytes)
    return { group, name: "disk", status: "warning", found: `${found}; a large module needs about 5 GB`, remedy };
  return { group, name: "disk", status: "ok", found };
}

async function homeCheck(home: string): Promise<Check> {
  let folder = home;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return { group, name: "home", status: "ok", found: existsSync(home) ? home : `${home}, made at the first run` };
  } catch {
    const remedy = "make it writable, or set PARFOCAL_HOME to a folder that is";
    return { group, name: "home", status: "error", found: `${folder} cannot be written to`, remedy };
  }
}

async function sharedMemoryCheck(): Promise<Check> {
  const name = "shared memory";
  if (process.platform !== "linux") return { group, name, status: "ok", found: "temporary files, as always on this system" };
  try {
    const { bsize, blocks, bavail } = await statfs("/dev/shm");
    const found = `/dev/shm ${formatBytes(blocks * bsize)}, ${formatBytes(bavail * bsize)} free`;
    if (bavail * bsize >= 256e6) return { group, name, status: "ok", found };
    return {
      group,
      name,
      status: "warning",
      found: `${found}; larger images go through temporary files`,
      remedy: "enlarge it, in a container with --shm-size=2g",
    };
  } catch {
    return {
      group,
      name,
      status: "warning",
      found: "no /dev/shm; images go through temporary files",
      remedy: "mount a tmpfs at /dev/shm",
    };
  }
}

function mappingCheck(): Check {
  const reason = whyNotMapped();
  const found = reason === null ? "mapped into Node's memory" : `copied through file calls: ${reason}`;
  return { group, name: "slots", status: "ok", found };
}

function daemonCheck(settings: Settings): Check {
  const daemon = findDaemon(settings);
  const found = daemon === null ? "none runs" : `process ${daemon.pid}, version ${daemon.version}`;
  return { group, name: "daemon", status: "ok", found };
}

/** Looks at the machine itself. */
export async function systemChecks(settings: Settings): Promise<Check[]> {
  const { home } = settings;
  const processor = formatCount(availableParallelism(), "core");
  return [
    { group, name: "parfocal", status: "ok", found: `${readVersion()} on Node ${process.versions.node}` },
    {
      group,
      name: "machine",
      status: "ok",
      found: `${platformKey()} (${release()}), ${processor}, ${formatBytes(totalmem())} memory`,
    },
    await homeCheck(home),
    await diskCheck(home),
    await sharedMemoryCheck(),
    mappingCheck(),
    daemonCheck(settings),
  ];
}
