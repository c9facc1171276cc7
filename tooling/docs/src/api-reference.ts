import { join, relative } from "node:path";
import ts from "typescript";
import { declarationText } from "./declaration-text.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { type PublicPackage, publicPackages } from "./public-packages.ts";

/** `docs/reference/api`: one page for each public package: every export with its docstring and declaration, in the order of `src/index.ts`. */
export function apiReference(repository: string): GeneratedFile[] {
  const packages = publicPackages(repository);
  const program = ts.createProgram(
    packages.map(({ entry }) => entry),
    readOptions(repository),
  );
  return packages.map((each) => ({
    path: join(repository, "docs/reference/api", `${each.name.split("/").at(-1)}.md`),
    content: page(each, program, repository),
  }));
}

function readOptions(repository: string): ts.CompilerOptions {
  const path = join(repository, "tooling/tsconfig/base.json");
  return ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, repository).options;
}

function page({ name, entry }: PublicPackage, program: ts.Program, repository: string): string {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} exports nothing`);
  const exported = checker.getExportsOfModule(module);
  const names = new Set(exported.map((each) => each.getName()));
  const sections = exported.map((each) => {
    const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
    const declarations = symbol.getDeclarations() ?? [];
    const [first] = declarations;
    if (first === undefined) throw new Error(`${name} exports ${each.getName()}, which is declared nowhere`);
    const throws = symbol
      .getJsDocTags(checker)
      .filter((tag) => tag.name === "throws")
      .map((tag) => `Throws ${plain(tag.text)}`);
    const returns = symbol
      .getJsDocTags(checker)
      .filter((tag) => tag.name === "returns")
      .map((tag) => `Returns ${plain(tag.text)}`);
    const code = declarations.map((declaration) => declarationText(declaration, checker)).join("\n");
    const text = [plain(symbol.getDocumentationComment(checker)), ...returns, ...throws].filter(Boolean).join("\n\n");
    return `## ${each.getName()}\n\n${linked(text, names)}${text ? "\n\n" : ""}\`\`\`ts\n${code}\n\`\`\`\n`;
  });
  const from = relative(repository, entry).split("\\").join("/");
  const title = `# ${name}\n\nEvery export of the package, from its docstrings (\`${from}\`).\n`;
  return `${title}\n${sections.join("\n")}`;
}

/** The text of a docstring; links become the name that they point to, in braces that {@link linked} knows. */
function plain(parts: readonly ts.SymbolDisplayPart[] | undefined): string {
  return ts.displayPartsToString(parts as ts.SymbolDisplayPart[] | undefined).trim();
}

/** Turns `{@link name}` into a link on the same page, or into code where the name is on none. */
function linked(text: string, names: ReadonlySet<string>): string {
  return text.replace(/\{@link\s+([\w.]+)\s*\}/g, (_, name: string) =>
    names.has(name) ? `[\`${name}\`](#${name.toLowerCase()})` : `\`${name}\``,
  );
}
