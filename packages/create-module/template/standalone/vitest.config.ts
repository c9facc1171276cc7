import { defineConfig } from "vitest/config";

// the first test builds the Python environment
export default defineConfig({ test: { testTimeout: 600_000, hookTimeout: 600_000 } });
