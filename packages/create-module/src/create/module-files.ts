import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../package-folder.ts";
import { standalonePackageJson, workspacePackageJson } from "./package-json.ts";
import { fillText, type TemplateWords } from "./template-text.ts";
import { workerTypings } from "./typings.ts";

/** "typescript": an npm package; "python": a folder with Python and JSON alone. */
export type ModuleForm = "typescript" | "python";

const template = join(packageFolder, "template");

/** Texts of the files below a folder of the template, by path with forward slashes. */
function readTemplate(folder: string): Record<string, string> {
  const root = join(template, folder);
  const names = readdirSync(root, { recursive: true }).map((name) => String(name).replaceAll("\\", "/"));
  const files = names.filter((name) => statSync(join(root, name)).isFile() && !name.includes("__pycache__"));
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(root, name), "utf8")]));
}

function fillManifest(
  text: string,
  { name, description, axes }: TemplateWords,
  change: Readonly<Record<string, unknown>>,
): string {
  const manifest = JSON.parse(text);
  const sample = { ...manifest.sample, axes: axes[0] };
  return `${JSON.stringify({ ...manifest, name, description, accepts: { ...manifest.accepts, axes }, sample, ...change }, null, 2)}\n`;
}

/** Tests of the worker run in this project's own way, which other folders do not have. */
function withoutTests(pyproject: string): string {
  return pyproject.replace(/\[dependency-groups\]\n.*\n\n/, "");
}

function typescriptFiles(words: TemplateWords, repository: string | null): Record<string, string> {
  const { "module.json": manifest, ...shared } = {
    "module.json": readFileSync(join(template, "module.json"), "utf8"),
    "README.md": readFileSync(join(template, "README.md"), "utf8"),
    ...prefixed("src/", readTemplate("src")),
    ...prefixed("test/", readTemplate("test")),
    ...prefixed("python/", readTemplate("python")),
  };
  const filled = Object.fromEntries(Object.entries(shared).map(([path, text]) => [path, fillText(text, words)]));
  if (repository !== null) {
    const smallest = (name: string): string => readFileSync(join(repository, "modules", "threshold", name), "utf8");
    const copied = ["tsconfig.json", "tsconfig.build.json", "vitest.config.ts"].map((name) => [name, smallest(name)]);
    return {
      ...filled,
      ...Object.fromEntries(copied),
      "module.json": fillManifest(manifest, words, {}),
      "package.json": workspacePackageJson(smallest("package.json"), words),
    };
  }
  // under other names than npm gives a meaning to
  const { gitignore = "", "package.template.json": packageJson = "", ...standalone } = readTemplate("standalone");
  const { "python/tests/test_worker.py": _, "python/pyproject.toml": pyproject = "", ...rest } = filled;
  return {
    ...rest,
    ...standalone,
    ".gitignore": gitignore,
    "python/pyproject.toml": withoutTests(pyproject),
    "src/version.ts": 'export const VERSION = "0.1.0";\n',
    "module.json": fillManifest(manifest, words, { version: "0.1.0" }),
    "package.json": standalonePackageJson(packageJson, words),
  };
}

function pythonFiles(words: TemplateWords): Record<string, string> {
  const { "worker.py": worker = "", "pyproject.toml": pyproject = "" } = readTemplate("python");
  const { "README.md": readme = "" } = readTemplate("python-only");
  const manifest = readFileSync(join(template, "module.json"), "utf8").replaceAll("python/sample/", "sample/");
  return {
    "README.md": fillText(readme, words),
    "worker.py": fillText(worker, words),
    "pyproject.toml": fillText(withoutTests(pyproject), words),
    "module.json": fillManifest(manifest, words, { version: "0.1.0" }),
    ".gitignore": "__pycache__/\nparfocal-output/\n",
    ...workerTypings(),
  };
}

function prefixed(prefix: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${prefix}${path}`, text]));
}

/**
 * All text files of a new module, by path with forward slashes.
 *
 * @param repository Parfocal's own repository when the module is to lie in it: then it is a package of that workspace.
 */
export function moduleFiles(form: ModuleForm, words: TemplateWords, repository: string | null): Record<string, string> {
  return form === "python" ? pythonFiles(words) : typescriptFiles(words, repository);
}
