import { defineConfig, type ViteUserConfig } from "vitest/config";
import { createResultsReporter } from "./results-reporter.ts";

const condition = "@parfocal/source";

/**
 * Vitest settings that every package shares. Two projects: "unit" are the tests beside the code (`src/**\/*.test.ts`), which start no
 * Python; "integration" are those in `test/`, which drive real processes and environments one at a time. What they came to is also
 * written to `.test-results/test.json` and `.test-results/integration.json`.
 */
export function nodeProjects(): ViteUserConfig {
  const shared = {
    environment: "node" as const,
    execArgv: [`--conditions=${condition}`],
  };
  const resolve = { conditions: [condition] };
  return defineConfig({
    ssr: { resolve },
    test: {
      maxWorkers: 2,
      // A package may have no tests beside its code; the results reporter counts a test file without tests as a failure.
      passWithNoTests: true,
      reporters: ["default", createResultsReporter({ unit: "test", integration: "integration" })],
      projects: [
        { ssr: { resolve }, test: { ...shared, name: "unit", include: ["src/**/*.test.ts"], testTimeout: 10_000 } },
        {
          ssr: { resolve },
          test: {
            ...shared,
            name: "integration",
            include: ["test/**/*.test.ts"],
            testTimeout: 600_000,
            hookTimeout: 600_000,
            fileParallelism: false,
          },
        },
      ],
    },
  });
}
