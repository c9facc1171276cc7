import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { invalid, missing } from "./failures.ts";
import type { WeightsFormat } from "./weights-formats.ts";

/** Names that a description may have in a model's folder, the one that wins first. */
export const descriptionNames = ["bioimageio.yaml", "rdf.yaml", "model.yaml", "config.xml"] as const;

/** Weights that a description names. */
export interface WeightsEntry {
  readonly format: WeightsFormat;
  /** Path relative to the description, or an address. */
  readonly source: string;
  readonly sha256: string | null;
  /** Files that must lie beside the weights: the network's Python file, data that an ONNX file leaves out. */
  readonly architecture: string | null;
  readonly architectureSha256: string | null;
  readonly externalData: string | null;
}

/** What of a description decides on files; its tensors are the worker's. */
export interface ModelSources {
  readonly name: string;
  /** Licence of the weights in the publisher's words; null where the description says none. */
  readonly licence: string | null;
  readonly weights: readonly WeightsEntry[];
  /** ImageJ macros beside the description. */
  readonly macros: readonly string[];
}

const optionalText = z.string().nullish();
const source = z.looseObject({ source: z.string(), sha256: optionalText });
const architecture = z.union([z.string(), z.looseObject({ source: optionalText, sha256: optionalText })]).nullish();
const weights = z.looseObject({
  source: z.string(),
  sha256: optionalText,
  architecture,
  architecture_sha256: optionalText,
  external_data: source.nullish(),
});
const macro = z.looseObject({ kwargs: z.unknown() });
const macros = z
  .union([z.array(macro), macro])
  .nullish()
  .catch(null);
const schema = z.looseObject({
  name: z.unknown(),
  license: optionalText.catch(null),
  weights: z.record(z.string(), weights.nullish()),
  config: z
    .looseObject({
      deepimagej: z.looseObject({ prediction: z.looseObject({ preprocess: macros, postprocess: macros }).nullish() }).nullish(),
    })
    .nullish()
    .catch(null),
});

/** Other names that formats have had. */
const formatNames: Readonly<Record<string, WeightsFormat>> = {
  onnx: "onnx",
  keras_hdf5: "keras_hdf5",
  tensorflow_saved_model_bundle: "tensorflow_saved_model_bundle",
  torchscript: "torchscript",
  pytorch_script: "torchscript",
  pytorch_state_dict: "pytorch_state_dict",
};

/** The description in a model's folder; null where there is none. */
export function findDescription(folder: string): string | null {
  return descriptionNames.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/**
 * Reads which files a description names. DeepImageJ's config.xml names none: there the files beside it count.
 *
 * @throws ParfocalError WEIGHTS_INVALID when it is no description of a model.
 */
export function readSources(path: string): ModelSources {
  if (path.endsWith(".xml")) return filesBeside(dirname(path));
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8"), { maxAliasCount: 100 });
  } catch (cause) {
    throw invalid(`${path} is no YAML: ${(cause as Error).message}`, "fetch the model again", cause);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    throw invalid(
      `${path} is no description of a model: ${z.prettifyError(parsed.error)}`,
      "fetch the model again",
      parsed.error,
    );
  }
  const { name, license, config } = parsed.data;
  const prediction = config?.deepimagej?.prediction;
  return {
    name: String(name ?? ""),
    licence: license ?? null,
    weights: Object.entries(parsed.data.weights).flatMap(([format, entry]) => readEntry(format, entry)),
    macros: [prediction?.preprocess, prediction?.postprocess].flat().flatMap((entry) => macroName(entry?.kwargs)),
  };
}

function readEntry(format: string, entry: z.infer<typeof weights> | null | undefined): WeightsEntry[] {
  const known = formatNames[format];
  if (known === undefined || !entry) return [];
  const network = entry.architecture;
  const [file, hash] =
    typeof network === "string"
      ? [network.includes(":") ? network.slice(0, network.lastIndexOf(":")) : null, entry.architecture_sha256]
      : [network?.source, network?.sha256];
  return [
    {
      format: known,
      source: entry.source,
      sha256: entry.sha256 ?? null,
      architecture: file ?? null,
      architectureSha256: hash ?? null,
      externalData: entry.external_data?.source ?? null,
    },
  ];
}

function macroName(kwargs: unknown): string[] {
  return typeof kwargs === "string" && /\.(txt|ijm)$/i.test(kwargs) ? [kwargs] : [];
}

const filePatterns: readonly (readonly [RegExp, WeightsFormat])[] = [
  [/\.onnx$/i, "onnx"],
  [/\.(h5|hdf5)$/i, "keras_hdf5"],
  [/^saved_model\.pb$|^tensorflow_saved_model_bundle\.zip$/i, "tensorflow_saved_model_bundle"],
  [/\.pt$/i, "torchscript"],
];

function filesBeside(folder: string): ModelSources {
  const names = readdirSync(folder).sort();
  const found = names.flatMap((name): WeightsEntry[] => {
    const format = filePatterns.find(([pattern]) => pattern.test(name))?.[1];
    if (format === undefined) return [];
    const place = name === "saved_model.pb" ? "." : name;
    return [{ format, source: place, sha256: null, architecture: null, architectureSha256: null, externalData: null }];
  });
  if (found.length === 0) {
    throw missing(
      `${folder} holds a config.xml and no weights`,
      "copy saved_model.pb and variables, or an .h5, .onnx or .pt file there",
    );
  }
  return { name: "", licence: null, weights: found, macros: [] };
}
