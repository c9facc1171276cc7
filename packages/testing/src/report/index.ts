/**
 * What `parfocal test` does: runs a module on this machine and says what came of it. Nothing here needs vitest.
 *
 * @module
 */
export { renderHeader, renderLine, renderSummary } from "./render-report.ts";
export type { ModuleReport, ReportLine } from "./report.ts";
export { type TestModuleOptions, testModule } from "./test-module.ts";
