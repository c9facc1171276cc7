/**
 * What every folder of this repository must have and must not have, and a check that says so.
 *
 * @module
 */
export { checkRepository } from "./check-repository.ts";
export { importModule } from "./import-module.ts";
export { formatProblems } from "./problem.ts";
export { publishedPackages, readRepository } from "./repository.ts";
export { checkPublicTypes } from "./rules/public-types.ts";
