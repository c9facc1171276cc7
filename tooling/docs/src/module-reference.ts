import { join } from "node:path";
import type { ModuleManifest } from "@parfocal/core";
import { type GeneratedFile, tableRow } from "./generated-file.ts";
import { parameterTable } from "./parameter-table.ts";

/** The reference page of one module: images it takes, parameters, outputs and sample, all from its manifest. */
export function moduleReference(repository: string, manifest: ModuleManifest): GeneratedFile {
  const { name, description, accepts, outputs, refine, sample } = manifest;
  const rows = Object.entries(outputs).map(([output, { kind, optional, description: text }]) =>
    tableRow([`\`${output}\``, kind === "labels" ? "labels, int32" : kind, optional ? "not always" : "always", text]),
  );
  const sections = [
    `# ${name}`,
    `${description}. How to use it is in [its README](../../../modules/${name}/README.md).`,
    `Takes images with axes ${listNames(accepts.axes)}, of ${listNames(accepts.dtypes)}.`,
    "## Parameters",
    parameterTable(manifest),
    refine ? "A change of parameters of stage `post` alone is answered by `refine`, without the network." : "It has no `refine`.",
    "## Outputs",
    [tableRow(["name", "kind", "there", "what"]), tableRow(["---", "---", "---", "---"]), ...rows].join("\n"),
    ...(sample === undefined ? [] : ["## Sample", `${capital(sample.description)}. Licence: ${sample.licence}.`]),
  ];
  return { path: join(repository, "docs", "reference", "modules", `${name}.md`), content: `${sections.join("\n\n")}\n` };
}

function listNames(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
