import { type Fault, type FaultSubject, faultSubjects } from "@parfocal/vitest-config/fault-record";
import { tableRow } from "./generated-file.ts";

const introduction = `# Faults

What was made to go wrong, and what came of it: written by \`pnpm faults\` from what the tests saw, with real processes, files and servers on Linux, and compared after every
run of all tests. Windows and macOS, and whatever needs a graphics card, are not in it.
`;

const rowOf = ({ what, outcome }: Fault): string => tableRow([what, outcome]);

/** The page of all faults. */
export function faultPage(faults: readonly Fault[]): string {
  const parts = faultSubjects.flatMap((subject) => {
    const rows = rowsOf(faults, subject);
    if (rows.length === 0) return [];
    return [`## ${subject}`, [tableRow(["what goes wrong", "what comes of it"]), tableRow(["---", "---"]), ...rows].join("\n")];
  });
  return `${[introduction.trimEnd(), ...parts].join("\n\n")}\n`;
}

/** What a page lacks of the faults that were seen, and what it has beyond them. */
export function compareFaults(page: string, faults: readonly Fault[]): { missing: string[]; unseen: string[] } {
  const wanted = new Set(faultPage(faults).split("\n"));
  const present = new Set(page.split("\n"));
  const isRow = (line: string) => line.startsWith("| ");
  return {
    missing: [...wanted].filter((line) => isRow(line) && !present.has(line)),
    unseen: [...present].filter((line) => isRow(line) && !wanted.has(line)),
  };
}

function rowsOf(faults: readonly Fault[], subject: FaultSubject): string[] {
  return [...new Set(faults.filter(({ about }) => about === subject).map(rowOf))];
}
