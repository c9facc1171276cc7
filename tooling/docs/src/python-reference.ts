import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, findPython, findUv, readSettings } from "@parfocal/core";
import { execa } from "execa";
import { z } from "zod";
import type { GeneratedFile } from "./generated-file.ts";
import { renderDocstring } from "./render-docstring.ts";

const nameSchema = z.object({
  name: z.string(),
  signature: z.string(),
  docstring: z.string(),
  get members() {
    return z.array(nameSchema);
  },
});
const packageSchema = z.object({ docstring: z.string(), names: z.array(nameSchema) });
type Name = z.infer<typeof nameSchema>;

const script = fileURLToPath(new URL("../python/public_names.py", import.meta.url));

/** `docs/reference/api/parfocal_worker.md`: what a `worker.py` may import, from the docstrings. */
export async function pythonReference(repository: string): Promise<GeneratedFile> {
  const settings = readSettings();
  const python = await findPython(settings, "3.11", await findUv(settings));
  const folder = join(repository, "packages/core/python/runtime/parfocal_worker");
  const { stdout } = await execa(python.path, ["-I", "-X", "utf8", script, folder], {
    env: cleanEnvironment(process.env),
    extendEnv: false,
  });
  const { docstring, names } = packageSchema.parse(JSON.parse(stdout));
  const head = ["# parfocal_worker", renderDocstring(docstring)];
  return {
    path: join(repository, "docs/reference/api/parfocal_worker.md"),
    content: `${[...head, ...names.flatMap((name) => section(name, "##"))].join("\n\n")}\n`,
  };
}

function section({ name, signature, docstring, members }: Name, level: string): string[] {
  const own = [`${level} ${name}`, `\`\`\`python\n${signature}\n\`\`\``, renderDocstring(docstring)].filter(Boolean);
  return [...own, ...members.flatMap((member) => section({ ...member, name: `${name}.${member.name}` }, `${level}#`))];
}
