import { defineConfig } from "vitest/config";

const resolve = { conditions: ["@parfocal/source"] };

export default defineConfig({
  ssr: { resolve },
  test: {
    include: ["test/broken/*.spec.ts"],
    execArgv: ["--conditions=@parfocal/source"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
