import { ParfocalError } from "@parfocal/core";
import { camelCase } from "./template-text.ts";

/** Names of a module and of its npm package. */
export interface ModuleName {
  readonly name: string;
  readonly packageName: string;
}

/** Words that TypeScript does not take as the name of a constant, and those that the new module's own files use. */
const reserved = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for function if " +
    "implements import in instanceof interface let new null package private protected public return static super switch this throw " +
    "true try typeof undefined var void while with yield arguments eval z defineModule describeModule"
  ).split(" "),
);

/** Names that Windows gives to devices: no folder can have them. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/;

const longest = 39;

function refuse(given: string, why: string, hint: string): never {
  throw new ParfocalError("USAGE", `"${given}" cannot be the name of a module: ${why}`, { hint });
}

/**
 * Reads the name that a person gave: "nuclei-finder", or with an npm scope "@lab/nuclei-finder". Without a scope the package is called
 * "parfocal-nuclei-finder", which says on npm what it is.
 *
 * @throws ParfocalError USAGE saying what is wrong with it, with a name that would do.
 */
export function readModuleName(given: string): ModuleName {
  const match = /^(?:(@[^/]*)\/)?(.*)$/s.exec(given.trim());
  const [, scope, rest = ""] = match ?? [];
  const name = scope === undefined ? rest.replace(/^parfocal-(?=.)/, "") : rest;
  if (scope !== undefined && !/^@[a-z0-9-~][a-z0-9-._~]*$/.test(scope)) {
    return refuse(given, `${scope} is not an npm scope`, "write a scope in lower case, such as @my-lab/nuclei-finder");
  }
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    const better = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[^a-z]+|-+$/g, "")
      .slice(0, longest);
    return refuse(given, "it must be lower case letters, digits and dashes", `take for example ${better || "nuclei-finder"}`);
  }
  if (name.length > longest) return refuse(given, `it has more than ${longest} letters`, `take for example ${name.slice(0, 20)}`);
  if (name.endsWith("-")) return refuse(given, "it ends with a dash", `take for example ${name.replace(/-+$/, "")}`);
  const taken = reserved.has(camelCase(name)) ? "TypeScript or the module's own files use this word" : null;
  const why = devices.test(name) ? "Windows allows no folder of this name" : taken;
  if (why !== null) return refuse(given, why, `take for example ${name}-finder`);
  return { name, packageName: scope === undefined ? `parfocal-${name}` : `${scope}/${name}` };
}
