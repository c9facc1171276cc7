/**
 * A text as Python writes it in source code. Backslashes of Windows paths stay readable, in a raw literal, where Python has one for the text; names
 * with letters beyond ASCII stay as they are, since Python reads its source as UTF-8.
 */
export function pythonText(text: string): string {
  const isRaw = text.includes("\\") && !/["\p{Cc}]/u.test(text) && !text.endsWith("\\");
  return isRaw ? `r"${text}"` : JSON.stringify(text);
}
