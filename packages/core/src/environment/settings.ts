import { existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { z } from "zod";
import type { Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { accelerators } from "../module/manifest.ts";
import { readBundled } from "./bundled.ts";
import { configFilePath, defaultHome } from "./default-home.ts";
import { readFindLinks } from "./find-links.ts";

const text = z.string().min(1);

/** What the configuration file may hold. */
export const settingsSchema = z.strictObject({
  home: text.optional(),
  uvCache: text.optional(),
  uv: text.optional(),
  python: text.optional(),
  wheelhouse: z.union([text.transform((folder) => [folder]), z.array(text)]).optional(),
  offline: z.boolean().optional(),
  index: z.url().optional(),
  pythonMirror: z.url().optional(),
  weightsFolders: z.union([text.transform((folder) => [folder]), z.array(text)]).optional(),
  mirror: z.url({ protocol: /^https?$/ }).optional(),
  accelerator: z.enum(accelerators).optional(),
  daemon: z.enum(["auto", "use", "never"]).optional(),
  prewarm: z.union([text.transform((name) => [name]), z.array(text)]).optional(),
  idleMinutes: z.number().positive().optional(),
  threads: z.int().min(1).max(1024).optional(),
});

type SettingsLayer = z.infer<typeof settingsSchema>;
type Lists = "wheelhouse" | "weightsFolders" | "prewarm";

const switches: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  on: true,
  "0": false,
  false: false,
  no: false,
  off: false,
};

function fail(source: string, error: z.ZodError): never {
  const issue = error.issues[0];
  const key = issue?.path.join(".") || (issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : "");
  throw new ParfocalError("USAGE", `${source}: ${key ? `"${key}": ` : ""}${issue?.message ?? "not valid"}`, {
    hint: "correct it, or remove it to use the default",
    cause: error,
  });
}

function readConfigFile(path: string): SettingsLayer {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ENOTDIR") return {};
    throw new ParfocalError("USAGE", `the configuration file ${path} cannot be read: ${(error as Error).message}`, {
      hint: "check its permissions, or remove it",
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new ParfocalError("USAGE", `the configuration file ${path} is not valid JSON: ${(error as Error).message}`, {
      hint: "correct it, or remove it",
      cause: error,
    });
  }
  const parsed = settingsSchema.safeParse(value);
  return parsed.success ? parsed.data : fail(`the configuration file ${path}`, parsed.error);
}

function readVariable(name: string, value: string, key: keyof SettingsLayer): SettingsLayer {
  let given: unknown = value;
  if (key === "offline") given = switches[value.toLowerCase()] ?? value;
  if (key === "idleMinutes") given = /^[\d.]+$/.test(value) ? Number(value) : value;
  if (key === "prewarm") given = value.split(",").map((name) => name.trim());
  if (key === "threads") given = /^\d+$/.test(value) ? Number(value) : value;
  if (key === "wheelhouse" || key === "weightsFolders")
    given = existsSync(value) ? [value] : value.split(delimiter).filter((folder) => folder !== "");
  const parsed = settingsSchema.safeParse({ [key]: given });
  if (parsed.success) return parsed.data;
  const wanted = key === "offline" ? "must be 1 or 0" : (parsed.error.issues[0]?.message ?? "is not valid");
  throw new ParfocalError("USAGE", `the variable ${name} is "${value}": ${wanted}`, {
    hint: `correct ${name}, or unset it`,
  });
}

const variables: Readonly<Record<keyof SettingsLayer, string>> = {
  home: "PARFOCAL_HOME",
  uvCache: "PARFOCAL_UV_CACHE",
  uv: "PARFOCAL_UV",
  python: "PARFOCAL_PYTHON",
  wheelhouse: "PARFOCAL_WHEELHOUSE",
  offline: "PARFOCAL_OFFLINE",
  index: "PARFOCAL_INDEX",
  pythonMirror: "PARFOCAL_PYTHON_MIRROR",
  weightsFolders: "PARFOCAL_WEIGHTS",
  mirror: "PARFOCAL_MIRROR",
  accelerator: "PARFOCAL_ACCELERATOR",
  daemon: "PARFOCAL_DAEMON",
  prewarm: "PARFOCAL_PREWARM",
  idleMinutes: "PARFOCAL_IDLE_MINUTES",
  threads: "PARFOCAL_THREADS",
};

function readVariables(environment: NodeJS.ProcessEnv): SettingsLayer {
  let layer: SettingsLayer = {};
  for (const [key, name] of Object.entries(variables) as [keyof SettingsLayer, string][]) {
    const value = environment[name];
    if (value) layer = { ...layer, ...readVariable(name, value, key) };
  }
  return layer;
}

/**
 * The settings of this machine: the call's, else `PARFOCAL_*` variables, else the configuration file, else what an offline
 * bundle brought, else defaults. Paths come back absolute.
 * @throws ParfocalError USAGE for a value that cannot be used, naming the file and key or the variable.
 */
export function readSettings(overrides: Partial<Settings> = {}, environment: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) as Partial<Settings>;
  const layers: Omit<SettingsLayer, Lists> & { readonly [K in Lists]?: readonly string[] | undefined } = {
    ...readBundled(),
    ...readConfigFile(configFilePath(environment)),
    ...readVariables(environment),
    ...given,
  };
  const home = resolve(layers.home ?? defaultHome(environment));
  const wheelhouse = (layers.wheelhouse ?? []).map((folder) => (folder.includes("://") ? folder : resolve(folder)));
  const inherited = [...readFindLinks(environment.UV_FIND_LINKS, /[,\s]+/), ...readFindLinks(environment.PIP_FIND_LINKS, /\s+/)];
  return {
    ...layers,
    home,
    uvCache: resolve(layers.uvCache ?? join(home, "uv-cache")),
    ...(layers.uv !== undefined && { uv: resolve(layers.uv) }),
    ...(layers.python !== undefined && { python: resolve(layers.python) }),
    wheelhouse: [...new Set([...wheelhouse, ...inherited])],
    weightsFolders: (layers.weightsFolders ?? []).map((folder) => resolve(folder)),
    offline: layers.offline ?? false,
    daemon: layers.daemon ?? "use",
    prewarm: layers.prewarm ?? [],
    idleMinutes: layers.idleMinutes ?? 30,
  } as Settings;
}
