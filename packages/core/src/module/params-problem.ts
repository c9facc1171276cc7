import { z } from "zod";
import { describeParam } from "./describe-params.ts";
import type { ModuleManifest } from "./manifest.ts";

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** What is wrong with the JSON Schema of a module's parameters, naming the place; null when it can be used. */
export function paramsProblem({ params }: ModuleManifest): string | null {
  if (params.type !== "object") return 'params.type: must be "object"';
  const properties = z.record(z.string(), z.looseObject({})).safeParse(params.properties ?? {});
  if (!properties.success) return `params.properties${issueText(properties.error)}`;
  for (const [name, property] of Object.entries(properties.data)) {
    const problem = /^[a-z][A-Za-z0-9_]*$/.test(name)
      ? propertyProblem(name, property)
      : ": the name must be one word, such as minSize or min_size";
    if (problem !== null) return `params.properties.${name}${problem}`;
  }
  return null;
}

function propertyProblem(name: string, property: Readonly<Record<string, unknown>>): string | null {
  try {
    const parameter = describeParam(name, { default: undefined, ...property });
    if (parameter.default === undefined) return ".default: is missing; every parameter needs one";
    const value = z.fromJSONSchema(property as JsonSchema).safeParse(property.default);
    return value.success ? null : `.default: ${z.prettifyError(value.error).replace(/^✖ /, "")}`;
  } catch (error) {
    return error instanceof z.ZodError ? issueText(error) : `: ${(error as Error).message}`;
  }
}

/** `.stage: Invalid option...`, of the first thing that is wrong. */
function issueText({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.map((key) => `.${String(key)}`).join("") ?? ""}: ${issue?.message ?? "is not valid"}`;
}
