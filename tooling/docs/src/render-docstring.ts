/**
 * A numpy docstring as Markdown: sections become bold lines, their entries list items.
 *
 * @param docstring with the indentation of its own lines taken away, as `ast.get_docstring` gives it.
 */
export function renderDocstring(docstring: string): string {
  const lines = docstring.split("\n");
  const rendered: string[] = [];
  let inSection = false;
  for (const [index, line] of lines.entries()) {
    if (isRule(line)) continue;
    if (isRule(lines[index + 1] ?? "") && line !== "") {
      inSection = true;
      rendered.push(`**${line}**`, "");
    } else if (!inSection) rendered.push(line);
    else if (line.startsWith("    ")) rendered.push(`  ${line.trim()}`);
    else if (line !== "") rendered.push(entry(line));
    else rendered.push("");
  }
  return rendered.join("\n").trim();
}

function isRule(line: string): boolean {
  return /^-{3,}$/.test(line);
}

/** "done, total : int" names things and says their type; without a colon it is a type alone, as under Raises. */
function entry(line: string): string {
  const [names, type] = line.split(/ : (.*)/s);
  return type === undefined ? `- \`${names}\`` : `- \`${names}\`: ${type}`;
}
