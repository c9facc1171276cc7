/**
 * The tests that every Parfocal module passes: `describeModule(module)` in a vitest file is the whole of it.
 *
 * @module
 */
export { type ConformanceOptions, describeModule } from "./describe-module.ts";
export { drawDiscs, emptyLike, hashLabels } from "./images.ts";
