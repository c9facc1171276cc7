import { createRequire } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cleanEnvironment, type Environment } from "@parfocal/core";
import { execa } from "execa";
import { z } from "zod";
import type { Finding } from "./finding.ts";
import type { PythonPackage } from "./python-package.ts";

/** Strict, but for what libraries without types would make us say again and again. */
const rules = {
  typeCheckingMode: "strict",
  reportMissingTypeStubs: "none",
  reportMissingModuleSource: "none",
  reportUnknownMemberType: "none",
  reportUnknownArgumentType: "none",
  reportUnknownVariableType: "none",
  reportUnknownParameterType: "none",
  reportUnknownLambdaType: "none",
  reportMissingTypeArgument: "none",
  reportUnusedFunction: "none",
  // Heavy libraries are imported for their types alone while they are being imported for real elsewhere.
  reportPrivateUsage: "none",
} as const;

/** Training and comparison with upstream run in environments of their own, which need not be built to check them. */
const foreign = {
  reportMissingImports: "none",
  reportAttributeAccessIssue: "none",
  reportUntypedFunctionDecorator: "none",
} as const;

const outputSchema = z.object({
  generalDiagnostics: z.array(
    z.object({
      file: z.string(),
      severity: z.enum(["error", "warning", "information"]),
      message: z.string(),
      rule: z.string().optional(),
      range: z.object({ start: z.object({ line: z.int(), character: z.int() }) }).optional(),
    }),
  ),
});

/** Type errors of a package's Python, checked against the packages in an environment. */
export async function checkTypes(python: PythonPackage, environment: Environment): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "parfocal-pyright-"));
  try {
    const config = join(folder, "pyrightconfig.json");
    await writeFile(config, JSON.stringify(configFor(python)));
    const { index, ...run } = pyrightCommand();
    const result = await execa(
      process.execPath,
      [index, "--project", config, "--pythonpath", environment.python, "--outputjson"],
      { ...run, cwd: python.folder, env: cleanEnvironment(process.env), extendEnv: false, reject: false },
    );
    return readOutput(result.stdout, result.stderr, python.folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configFor({ folder, roots, searchPath }: PythonPackage): Record<string, unknown> {
  const environments = roots.map((root) => ({
    root: join(folder, root),
    extraPaths: [join(folder, "python", "tests"), ...searchPath],
    ...(root !== "python" && foreign),
  }));
  return { ...rules, include: roots.map((root) => join(folder, root)), executionEnvironments: environments, pythonVersion: "3.11" };
}

function pyrightCommand(): { index: string } {
  const manifest = createRequire(import.meta.url).resolve("pyright/package.json");
  return { index: join(dirname(manifest), "index.js") };
}

function readOutput(stdout: string, stderr: string, folder: string): Finding[] {
  let output: z.infer<typeof outputSchema>;
  try {
    output = outputSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new Error(`pyright did not run: ${(stderr || stdout).slice(0, 2000)}`, { cause });
  }
  return output.generalDiagnostics
    .filter(({ severity }) => severity !== "information")
    .map(({ file, message, rule, range }) => ({
      path: relative(folder, file).replaceAll("\\", "/"),
      row: (range?.start.line ?? 0) + 1,
      column: (range?.start.character ?? 0) + 1,
      rule: rule ?? "pyright",
      message,
    }));
}
