import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isParfocalError, type PrepareTools } from "@parfocal/core";
import { missing } from "./failures.ts";
import { descriptionNames, findDescription } from "./read-description.ts";
import { unpackZip } from "./unzip.ts";
import { isZooId, zooAddress } from "./zoo.ts";

const bundled = fileURLToPath(new URL("../weights/", import.meta.url));

/** A model whose description lies on this machine. */
export interface OpenModel {
  /** Absolute path of the description. */
  readonly description: string;
  /** Where its files are published, relative sources being relative to it; null for a model that lies on this machine. */
  readonly address: string | null;
}

/** Licences of a file that is fetched before the model's own description can be read. */
export const unknownLicence = {
  code: "see the model's page",
  weights: "stated in the model's description",
  trainingData: "see the model's page",
  redistribution: "unclear",
} as const;

/**
 * Finds a model: a bundled name, a folder, a zip, a description file, an address, or an id of the BioImage Model Zoo.
 *
 * @throws ParfocalError WEIGHTS_MISSING when there is none; what unpacking and fetching throw.
 */
export async function openModel(model: string, tools: PrepareTools): Promise<OpenModel> {
  if (/^[a-z0-9-]+$/i.test(model) && existsSync(join(bundled, model))) return atFolder(join(bundled, model));
  const path = resolve(model);
  if (existsSync(path)) return openPath(path, tools);
  if (/^https?:\/\//i.test(model)) return fetchDescription(model, model, tools);
  if (isZooId(model)) return fetchFromZoo(model, path, tools);
  throw missing(
    `there is no model ${path}`,
    "give the folder or zip of a model, its id in the BioImage Model Zoo, or the name of a bundled model: " +
      readdirSync(bundled, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .join(", "),
  );
}

async function openPath(path: string, tools: PrepareTools): Promise<OpenModel> {
  if (statSync(path).isDirectory()) return atFolder(path);
  if (/\.(ya?ml|xml)$/i.test(path)) return { description: path, address: null };
  return atFolder(await unpackZip(path, tools.cacheFolder, tools.signal), path);
}

/** A description in the folder, or in the one folder that an archive often has inside. */
function atFolder(folder: string, origin = folder): OpenModel {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = [folder, ...inside.map(({ name }) => join(folder, name))];
  const [description] = folders.map(findDescription).filter((path) => path !== null);
  if (description !== undefined) return { description, address: null };
  throw missing(
    `${origin} holds no ${descriptionNames.slice(0, -1).join(", ")} or ${descriptionNames.at(-1)}`,
    "give the folder or zip of a model of the BioImage Model Zoo or of DeepImageJ",
  );
}

async function fetchFromZoo(id: string, path: string, tools: PrepareTools): Promise<OpenModel> {
  try {
    return await fetchDescription(zooAddress(id), id, tools);
  } catch (error) {
    if (!isParfocalError(error, "WEIGHTS_UNREACHABLE") || error.details.status !== 404) throw error;
    throw missing(
      `there is no folder or zip ${path}, and the BioImage Model Zoo has no model "${id}" (${zooAddress(id)})`,
      "check the name",
    );
  }
}

async function fetchDescription(address: string, name: string, tools: PrepareTools): Promise<OpenModel> {
  const request = { url: address, bytes: null, sha256: null, name: basename(new URL(address).pathname) };
  const path = await tools.fetchFile(request, { name, licence: unknownLicence });
  if (!/\.zip$/i.test(path)) return { description: path, address };
  return atFolder(await unpackZip(path, tools.cacheFolder, tools.signal), dirname(path));
}
