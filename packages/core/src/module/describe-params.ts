import { z } from "zod";
import type { ModuleManifest, parameterStages } from "./manifest.ts";
import { toKebabCase, toSnakeCase } from "./names.ts";

export type ParameterStage = (typeof parameterStages)[number];

/** One parameter as forms, flags and tables need it; read out of the manifest's JSON Schema. */
export interface ParameterDescription {
  /** camelCase, as in TypeScript, JSON and YAML. */
  readonly name: string;
  /** snake_case, as in Python. */
  readonly pythonName: string;
  /** kebab-case without dashes in front, as on the command line. */
  readonly flag: string;
  readonly title: string;
  readonly description: string;
  /** What turning it up does to the result. */
  readonly effect: string;
  readonly unit: string;
  readonly group: string;
  readonly stage: ParameterStage;
  readonly type: "number" | "integer" | "boolean" | "string" | "array";
  /** Type of the elements when `type` is "array". */
  readonly itemType?: "number" | "integer" | "boolean" | "string";
  /** True when null is allowed and means "chosen automatically". */
  readonly nullable: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly step?: number;
  readonly choices?: readonly (string | number)[];
  readonly default: unknown;
  /** Other names that are accepted everywhere, for example upstream's own. */
  readonly aliases: readonly string[];
}

const typeNames = ["number", "integer", "boolean", "string", "array"] as const;
const propertySchema = z.looseObject({
  title: z.string().optional(),
  description: z.string().default(""),
  effect: z.string().default(""),
  unit: z.string().default(""),
  group: z.string().default("basic"),
  stage: z.enum(["load", "network", "post"]).default("network"),
  aliases: z.array(z.string()).default([]),
  step: z.number().optional(),
  default: z.unknown(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
});
const valueSchema = z.looseObject({
  type: z.enum(typeNames),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  items: z.looseObject({ type: z.enum(["number", "integer", "boolean", "string"]) }).optional(),
});

/**
 * The parameters of a module, in the order in which its author wrote them.
 * @throws ZodError when a parameter is of a kind that flags and forms cannot show (nested objects, unions).
 */
export function describeParams(manifest: ModuleManifest): ParameterDescription[] {
  const properties = z.record(z.string(), z.unknown()).parse(manifest.params.properties ?? {});
  return Object.entries(properties).map(([name, raw]) => describeParam(name, raw));
}

/** One parameter, from its JSON Schema. */
export function describeParam(name: string, raw: unknown): ParameterDescription {
  const property = propertySchema.parse(raw);
  const alternatives = property.anyOf ?? [property];
  const value = valueSchema.parse(alternatives.find((alternative) => alternative.type !== "null"));
  const limits = definedOnly({
    minimum: value.minimum,
    maximum: value.maximum,
    exclusiveMinimum: value.exclusiveMinimum,
    exclusiveMaximum: value.exclusiveMaximum,
    step: property.step,
    choices: value.enum,
    itemType: value.items?.type,
  });
  return {
    name,
    pythonName: toSnakeCase(name),
    flag: toKebabCase(name),
    title: property.title ?? name,
    description: property.description,
    effect: property.effect,
    unit: property.unit,
    group: property.group,
    stage: property.stage,
    type: value.type,
    nullable: alternatives.some((alternative) => alternative.type === "null"),
    default: property.default,
    aliases: property.aliases,
    ...limits,
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
