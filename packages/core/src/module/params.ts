import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { describeParams, type ParameterDescription, type ParameterStage } from "./describe-params.ts";
import type { ModuleManifest } from "./manifest.ts";
import { suggestNames, toCamelCase, toSnakeCase } from "./names.ts";

/** Parameters by camelCase name. */
export type Params = Readonly<Record<string, unknown>>;

export interface ResolveOptions {
  /** Stages that this call may set. Default: all. */
  readonly stages?: readonly ParameterStage[];
  /** Values that hold already: they take the place of defaults, and a parameter of another stage must equal them. */
  readonly fixed?: Params;
}

interface ParamsReader {
  readonly descriptions: readonly ParameterDescription[];
  readonly canonical: ReadonlyMap<string, string>;
  readonly schema: z.ZodType<Params>;
}

const readers = new WeakMap<ModuleManifest, ParamsReader>();

function readerOf(manifest: ModuleManifest): ParamsReader {
  let reader = readers.get(manifest);
  if (reader === undefined) {
    const descriptions = describeParams(manifest);
    const canonical = new Map<string, string>();
    for (const { name, aliases } of descriptions) {
      for (const word of [name, ...aliases]) canonical.set(word, name).set(toCamelCase(word), name);
    }
    const schema = z.fromJSONSchema(manifest.params as Parameters<typeof z.fromJSONSchema>[0]) as unknown as z.ZodType<Params>;
    reader = { descriptions, canonical, schema };
    readers.set(manifest, reader);
  }
  return reader;
}

/** The camelCase name of a parameter given by any of its names, null when there is no such parameter. */
export function canonicalParam(manifest: ModuleManifest, given: string): string | null {
  const { canonical } = readerOf(manifest);
  return canonical.get(given) ?? canonical.get(toCamelCase(given)) ?? null;
}

/**
 * Checks parameters given by any of their names and fills in defaults.
 *
 * @returns every parameter of the wanted stages, camelCase.
 * @throws ParfocalError PARAMS_INVALID with one issue for each wrong parameter.
 */
export function resolveParams(
  manifest: ModuleManifest,
  given: Params = {},
  options: ResolveOptions = {},
): Record<string, unknown> {
  const { descriptions, schema } = readerOf(manifest);
  const issues: { param: string; message: string }[] = [];
  const wanted = renameParams(manifest, given, issues);
  if (issues.length > 0) throw invalidParams(manifest, issues);

  const stages = options.stages ?? ["load", "network", "post"];
  const fixed = options.fixed ?? {};
  const known = Object.fromEntries(descriptions.filter(({ name }) => name in fixed).map(({ name }) => [name, fixed[name]]));
  const parsed = schema.safeParse({ ...known, ...wanted });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const param = String(issue.path[0] ?? "");
      issues.push({ param, message: `${param} = ${shown(wanted[param])}: ${describeIssue(issue, param, descriptions)}` });
    }
    throw invalidParams(manifest, issues);
  }
  for (const { name, stage, default: normal } of descriptions) {
    if (stages.includes(stage) || !(name in wanted)) continue;
    const held = name in fixed ? fixed[name] : normal;
    if (!isDeepStrictEqual(parsed.data[name], held)) issues.push({ param: name, message: lateMessage(name, stage, held) });
  }
  if (issues.length > 0) throw invalidParams(manifest, issues);
  const result = descriptions.filter(({ stage }) => stages.includes(stage)).map(({ name }) => [name, parsed.data[name]]);
  return Object.fromEntries(result);
}

/** Parameters of the load stage, and those of each call, out of one set given by any of their names. */
export function splitParams(manifest: ModuleManifest, given: Params): { load: Params; call: Params } {
  const stageOf = new Map(readerOf(manifest).descriptions.map(({ name, stage }) => [name, stage]));
  const load: Record<string, unknown> = {};
  const call: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = canonicalParam(manifest, key);
    (name !== null && stageOf.get(name) === "load" ? load : call)[key] = value;
  }
  return { load, call };
}

/** camelCase keys -> the snake_case keys that workers get. Only the outermost keys are names. */
export function toWire<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toSnakeCase(name), value]));
}

/** The snake_case keys of workers -> camelCase keys. */
export function fromWire<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toCamelCase(name), value]));
}

function renameParams(
  manifest: ModuleManifest,
  given: Params,
  issues: { param: string; message: string }[],
): Record<string, unknown> {
  const wanted: Record<string, unknown> = {};
  const names = readerOf(manifest).descriptions.map(({ name }) => name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const name = canonicalParam(manifest, key);
    if (name === null) {
      const [nearest] = suggestNames(key, names);
      const advice = nearest === undefined ? `known are ${names.join(", ")}` : `did you mean ${nearest}?`;
      issues.push({ param: key, message: `${key}: no such parameter; ${advice}` });
    } else if (name in wanted) {
      issues.push({ param: key, message: `${key}: given twice, also under another name of ${name}` });
    } else {
      wanted[name] = value;
    }
  }
  return wanted;
}

function describeIssue(issue: z.core.$ZodIssue, param: string, descriptions: readonly ParameterDescription[]): string {
  const description = descriptions.find(({ name }) => name === param);
  return description === undefined ? issue.message : `must be ${describeRange(description)}`;
}

/** What values a parameter takes, in words: "a number from 0 to 1, or null". */
export function describeRange(parameter: ParameterDescription): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, choices, type, itemType, nullable } = parameter;
  if (choices !== undefined)
    return `${choices.map((choice) => JSON.stringify(choice)).join(" or ")}${nullable ? ", or null" : ""}`;
  const nouns = {
    number: "a number",
    integer: "a whole number",
    boolean: "true or false",
    string: "a text",
    array: `a list of ${itemType}s`,
  };
  const parts: string[] = [nouns[type]];
  if (minimum !== undefined && maximum !== undefined) parts.push(`from ${minimum} to ${maximum}`);
  else if (minimum !== undefined) parts.push(`of at least ${minimum}`);
  else if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (minimum === undefined && maximum !== undefined) parts.push(`of at most ${maximum}`);
  else if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`);
  return `${parts.join(" ")}${nullable ? ", or null" : ""}`;
}

function lateMessage(name: string, stage: ParameterStage, held: unknown): string {
  if (stage === "load")
    return `${name} is chosen when the worker starts, where it was ${shown(held)}; start another worker for another value`;
  return `${name} needs the network again (it was ${shown(held)}); use run, since refine only changes what follows the network`;
}

function invalidParams(
  manifest: ModuleManifest,
  issues: readonly { param: string; message: string }[],
): ParfocalError<"PARAMS_INVALID"> {
  return new ParfocalError("PARAMS_INVALID", `${manifest.name}: ${issues.map(({ message }) => message).join("; ")}`, {
    hint: `\`parfocal info ${manifest.name}\` lists every parameter with its range`,
    details: { issues },
  });
}

function shown(value: unknown): string {
  return value === undefined ? "not given" : (JSON.stringify(value) ?? String(value));
}
