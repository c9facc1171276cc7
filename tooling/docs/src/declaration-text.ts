import ts from "typescript";

/** Longest type of a constant that is spelt out. */
const longestType = 160;

/** A declaration as its users see it: docstrings of members stay, its own and the bodies are left out. */
export function declarationText(node: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isFunctionDeclaration(node)) return `function ${signature(node, node.name?.text ?? "")};`;
  if (ts.isClassDeclaration(node)) return classText(node);
  if (ts.isVariableDeclaration(node)) {
    const type = checker.typeToString(checker.getTypeAtLocation(node), node, ts.TypeFormatFlags.NoTruncation);
    return `const ${node.name.getText()}: ${type.length > longestType ? "{ … }" : type};`;
  }
  return node.getText().replace(/^export\s+(declare\s+)?/, "");
}

/** Name, type parameters, parameters and result. */
function signature(node: ts.FunctionDeclaration | ts.MethodDeclaration | ts.ConstructorDeclaration, name: string): string {
  const from = node.typeParameters?.pos ?? node.parameters.pos;
  const text = node.getSourceFile().text;
  const opened = node.typeParameters ? "<" : "(";
  const to = node.body?.getStart() ?? node.getEnd();
  return `${name}${opened}${text.slice(from, to).trim().replace(/;$/, "")}`;
}

function classText(node: ts.ClassDeclaration): string {
  const heritage = (node.heritageClauses ?? []).map((clause) => ` ${clause.getText()}`).join("");
  const types = node.typeParameters ? `<${node.typeParameters.map((each) => each.getText()).join(", ")}>` : "";
  const members = node.members.flatMap((member) => {
    if (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return [];
    if (ts.isConstructorDeclaration(member)) return [`  ${signature(member, "constructor")};`];
    if (ts.isMethodDeclaration(member)) return [`  ${signature(member, member.name.getText())};`];
    return [`  ${member.getText().replace(/\s*=.*;$/s, ";")}`];
  });
  return `class ${node.name?.text}${types}${heritage} {\n${members.join("\n")}\n}`;
}
