import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { cleanEnvironment, type Environment } from "@parfocal/core";
import { execa } from "execa";
import { z } from "zod";
import type { Finding } from "./finding.ts";
import { type PythonPackage, pythonFiles } from "./python-package.ts";

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
  // upstream's functions have no types, so that what pyright makes of their defaults is a guess
  reportArgumentType: "none",
  reportGeneralTypeIssues: "none",
  reportOptionalMemberAccess: "none",
} as const;

const outputSchema = z.object({
  summary: z.object({ filesAnalyzed: z.int() }),
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
  const folder = join(python.folder, ".test-results", "pyright");
  const config = join(folder, "pyrightconfig.json");
  await mkdir(folder, { recursive: true });
  await writeFile(config, JSON.stringify(configFor(python, folder)));
  const pyright = join(dirname(createRequire(import.meta.url).resolve("pyright/package.json")), "index.js");
  const { stdout, stderr } = await execa(
    process.execPath,
    [pyright, "--project", config, "--pythonpath", environment.python, "--outputjson"],
    { cwd: python.folder, env: cleanEnvironment(process.env), extendEnv: false, reject: false },
  );
  const output = readOutput(stdout, stderr);
  const expected = pythonFiles(python).length;
  if (output.summary.filesAnalyzed < expected) {
    throw new Error(`pyright looked at ${output.summary.filesAnalyzed} of ${expected} files in ${python.folder}`);
  }
  return output.generalDiagnostics
    .filter(({ severity }) => severity !== "information")
    .map(({ file, message, rule, range }) => ({
      path: relative(python.folder, file).replaceAll("\\", "/"),
      row: (range?.start.line ?? 0) + 1,
      column: (range?.start.character ?? 0) + 1,
      rule: rule ?? "pyright",
      message,
    }));
}

/** Pyright takes only paths that are relative to the folder of its configuration. */
function configFor({ folder, roots, searchPath }: PythonPackage, from: string): Record<string, unknown> {
  const place = (path: string) => relative(from, path).replaceAll("\\", "/");
  const include = roots.map((root) => place(join(folder, root)));
  const extraPaths = [join(folder, "python", "tests"), ...searchPath].map(place);
  const executionEnvironments = roots.map((root) => ({
    root: place(join(folder, root)),
    extraPaths,
    ...(root !== "python" && foreign),
  }));
  // the runtime lies outside every root and imports itself by its name, hence its path once more
  return { ...rules, include, extraPaths, executionEnvironments, pythonVersion: "3.11" };
}

function readOutput(stdout: string, stderr: string): z.infer<typeof outputSchema> {
  try {
    return outputSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new Error(`pyright did not run: ${(stderr || stdout).slice(0, 2000)}`, { cause });
  }
}
