import { existsSync } from "node:fs";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const condition = "@parfocal/source";

/**
 * Vitest settings that every package shares. Two projects: "unit" are the tests beside the code (`src/**\/*.test.ts`), which start no
 * Python; "integration" are those in `test/`, which drive real processes and environments, one file at a time. Besides the terminal, results
 * go to `.test-results/<script>.json`, from which `npm test` adds up its last line.
 */
export function nodeProjects(): ViteUserConfig {
  const script = (process.env.npm_lifecycle_event ?? "vitest").replace(/^test:/, "");
  const resolve = { conditions: [condition] };
  const shared = { environment: "node" as const, execArgv: [`--conditions=${condition}`] };
  const integration = script === "integration";
  return defineConfig({
    ssr: { resolve },
    test: {
      maxWorkers: integration ? 1 : 2,
      // A package may have no unit tests beside its code; a test folder without tests is a mistake.
      passWithNoTests: !integration || !existsSync("test"),
      reporters: ["default", ["json", { outputFile: `.test-results/${script}.json` }]],
      projects: [
        { ssr: { resolve }, test: { ...shared, name: "unit", include: ["src/**/*.test.ts"], testTimeout: 20_000 } },
        {
          ssr: { resolve },
          test: {
            ...shared,
            name: "integration",
            include: ["test/**/*.test.ts"],
            testTimeout: 300_000,
            hookTimeout: 600_000,
            fileParallelism: false,
          },
        },
      ],
    },
  });
}
