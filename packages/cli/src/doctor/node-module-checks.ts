import { listWeights, type Module, resolveParams, selectSets } from "@parfocal/core";
import { environmentState } from "../modules/environment-state.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import type { Check } from "./check.ts";

const group = "modules";

async function environmentCheck(module: Module, isNamed: boolean): Promise<Check> {
  const name = `${module.name} environment`;
  const { state, reason, accelerator, downloadBytes } = await environmentState(module);
  if (state === "ready") return { group, name, status: "ok", found: `ready, ${accelerator}: ${reason}` };
  if (state === "unavailable")
    return { group, name, status: "error", found: reason, remedy: `see \`parfocal info ${module.name}\`` };
  const size = downloadBytes === null ? "" : `, which downloads ${formatBytes(downloadBytes)}`;
  return {
    group,
    name,
    status: isNamed ? "error" : "warning",
    found: "not installed, and a node installs nothing",
    remedy: `run \`parfocal env install ${module.name}\`${size}`,
  };
}

function weightsCheck({ name: module, manifest }: Module): Check | null {
  const sets = listWeights({ weights: selectSets(manifest.weights, resolveParams(manifest, {}, { stages: ["load"] })) });
  const files = sets.flatMap((set) => set.files);
  if (files.length === 0) return null;
  const name = `${module} weights`;
  const missing = files.filter(({ isHere }) => !isHere);
  if (missing.length === 0)
    return { group, name, status: "ok", found: `${formatCount(files.length, "file")} of the usual model here` };
  return {
    group,
    name,
    status: "warning",
    found: `${formatCount(missing.length, "file")} of the usual model missing: ${missing.map((file) => file.name).join(", ")}`,
    remedy: `run \`parfocal env install ${module}\``,
  };
}

/**
 * Looks at what a node needs of modules: the environment, which a node never installs, and the weights of the usual model.
 *
 * @param isNamed true where this module was asked for: then its environment must be there
 */
export async function nodeModuleChecks(modules: readonly Module[], isNamed: boolean): Promise<Check[]> {
  const segmenters = modules.filter(({ manifest }) => manifest.kind === "segmenter");
  if (segmenters.length === 0)
    return [
      {
        group,
        name: "none",
        status: "error",
        found: "no segmenter is installed",
        remedy: "run `npm install @parfocal/stardist`",
      },
    ];
  const checks = segmenters.map(async (module) => [await environmentCheck(module, isNamed), weightsCheck(module)]);
  return (await Promise.all(checks)).flat().filter((check) => check !== null);
}
