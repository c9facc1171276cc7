import type { ErrorCode, ParfocalError } from "@parfocal/core";

/** What core says to programs, and what the same is called on the command line. */
const words: { readonly [C in ErrorCode]?: readonly [RegExp, string] } = {
  PARAMS_INVALID: [/, or null(?=;|$)/g, ", or auto"],
  WORKER_TIMEOUT: [/\btimeoutMs\b/g, "--timeout"],
};

/** Message and hint of an error in the words of the command line. */
export function inCommandWords({ code, message, hint }: ParfocalError): { readonly message: string; readonly hint: string } {
  const [pattern, word] = words[code] ?? [];
  if (pattern === undefined || word === undefined) return { message, hint };
  return { message: message.replace(pattern, word), hint: hint.replace(pattern, word) };
}
