import { asciiText } from "./python-literal.ts";

const width = 100;

/** A text as lines of a Python comment, in ASCII. */
export function comment(text: string, indent = ""): string[] {
  return asciiText(text)
    .split("\n")
    .flatMap((paragraph) => wrap(paragraph, width - 2 - indent.length))
    .map((line) => `# ${indent}${line}`.trimEnd());
}

function wrap(text: string, limit: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > limit) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

/** A first capital letter and a full stop. */
export function sentence(text: string): string {
  return text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
