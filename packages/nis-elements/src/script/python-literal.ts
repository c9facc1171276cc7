import { pythonText } from "../python-text.ts";

const hex = (kind: string, code: number, digits: number): string => `\\${kind}${code.toString(16).padStart(digits, "0")}`;

/** A text as Python source, in ASCII alone. */
function asciiLiteral(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return pythonText(text);
  const escaped = Array.from(JSON.stringify(text), (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x80) return character;
    return code > 0xffff ? hex("U", code, 8) : hex("u", code, 4);
  });
  return escaped.join("");
}

/**
 * A value as Python source, in ASCII alone: a script is pasted, saved and read through encodings that nobody knows, and a user name may hold any character.
 *
 * @param value null, a boolean, a finite number, a text, or a list or record of these
 * @throws TypeError for anything else
 */
export function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value === "string") return asciiLiteral(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => `${pythonLiteral(key)}: ${pythonLiteral(item)}`);
    return `{${entries.join(", ")}}`;
  }
  throw new TypeError(`${String(value)} cannot be written in Python`);
}

/** Text for a comment, in ASCII: letters lose their accents, micro signs become u, what is left becomes a question mark. */
export function asciiText(text: string): string {
  return text
    .replaceAll(/[µμ]/g, "u")
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^\x20-\x7e\n]/gu, "?");
}
