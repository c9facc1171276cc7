import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isParfocalError, type PrepareTools } from "@parfocal/core";
import { invalid } from "./failures.ts";
import { hashFile } from "./hash-file.ts";
import { type OpenModel, unknownLicence } from "./open-model.ts";
import type { ModelSources } from "./read-description.ts";
import { unpackZip } from "./unzip.ts";

const isAddress = (source: string): boolean => /^https?:\/\//i.test(source);

/** Fetches and checks files that a description names. */
export interface ModelFiles {
  /** Whether a file lies on this machine without fetching. */
  isHere(source: string): boolean;
  /** Whether it can be fetched. */
  isRemote(source: string): boolean;
  /** Absolute path of a file, its hash compared where one is known. */
  take(source: string, sha256: string | null): Promise<{ readonly path: string; readonly sha256: string | null }>;
  /** As `take`, for a SavedModel: the folder that holds saved_model.pb. */
  takeFolder(source: string, sha256: string | null): Promise<{ readonly path: string; readonly sha256: string | null }>;
  /** Fetches a file that the model can do without. */
  takeOptional(source: string): Promise<void>;
}

/** @param model the opened model; @param sources what its description names. */
export function createModelFiles(model: OpenModel, sources: ModelSources, tools: PrepareTools): ModelFiles {
  const folder = dirname(model.description);
  const local = (source: string): string => resolve(folder, source);
  const about = { name: sources.name, licence: { ...unknownLicence, weights: sources.licence ?? "not stated" } };

  const take: ModelFiles["take"] = async (source, sha256) => {
    if (model.address === null && !isAddress(source)) return { path: local(source), sha256: await check(local(source), sha256) };
    const url = isAddress(source) ? source : new URL(source, model.address ?? undefined).href;
    return { path: await tools.fetchFile({ url, bytes: null, sha256, name: basename(source) }, about), sha256 };
  };

  const check = async (path: string, sha256: string | null): Promise<string | null> => {
    if (!statSync(path).isFile()) return null;
    const found = await hashFile(path, tools.signal);
    if (sha256 !== null && found !== sha256.toLowerCase()) {
      throw invalid(`${path} has the sha256 ${found}, the model's description says ${sha256}`, "fetch the model again");
    }
    return found;
  };

  return {
    isHere: (source) => model.address === null && !isAddress(source) && existsSync(local(source)),
    isRemote: (source) => isAddress(source) || model.address !== null,
    take,
    async takeFolder(source, sha256) {
      const taken = await take(source, sha256);
      if (statSync(taken.path).isDirectory()) return taken;
      if (basename(taken.path) === "saved_model.pb") return { path: dirname(taken.path), sha256: taken.sha256 };
      const unpacked = await unpackZip(taken.path, tools.cacheFolder, tools.signal);
      return { path: savedModelIn(unpacked, taken.path), sha256: taken.sha256 };
    },
    async takeOptional(source) {
      try {
        if (model.address !== null) await take(source, null);
      } catch (error) {
        // the worker names each macro that is not there
        if (!isParfocalError(error, "WEIGHTS_UNREACHABLE") && !isParfocalError(error, "WEIGHTS_MISSING")) throw error;
      }
    },
  };
}

function savedModelIn(folder: string, archive: string): string {
  const name = basename(archive).replace(/\.zip$/i, "");
  const found = [folder, join(folder, name)].find((place) => existsSync(join(place, "saved_model.pb")));
  if (found === undefined) throw invalid(`${archive} holds no saved_model.pb`, "fetch the model again");
  return found;
}
