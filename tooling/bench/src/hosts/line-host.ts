import type { Host } from "./host.ts";
import { startLines } from "./lines.ts";

/** A host in a process of its own. */
export function startLineHost(command: readonly string[], variables?: Readonly<Record<string, string>>): Host {
  const lines = startLines(command, variables);
  return {
    async prepare(shape) {
      await lines.ask({ shape });
    },
    run: async (work, calls) => (await lines.ask({ work, calls })) as number[],
    close: () => lines.close(),
  };
}
