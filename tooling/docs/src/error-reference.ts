import { join } from "node:path";
import { errorCodes } from "@parfocal/core";
import { type GeneratedFile, tableRow } from "./generated-file.ts";

const introduction = `# Errors

Every error has a code, a message that says what failed and with what, and a hint with one next step. In TypeScript it is a
\`ParfocalError\` (\`error.code\`, \`error.hint\`, \`error.details\`, \`error.cause\`); on the command line the code decides the exit code.
`;

/** The reference page of all error codes, from core's table. */
export function errorReference(repository: string): GeneratedFile {
  const rows = Object.entries(errorCodes).map(([code, { exitCode, meaning }]) =>
    tableRow([`\`${code}\``, String(exitCode), meaning]),
  );
  const table = [tableRow(["code", "exit code", "meaning"]), tableRow(["---", "---", "---"]), ...rows].join("\n");
  return { path: join(repository, "docs", "reference", "errors.md"), content: `${introduction}\n${table}\n` };
}
