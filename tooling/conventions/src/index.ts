/**
 * What every folder of this repository must have and must not have, and a check that says so.
 *
 * @module
 */
export { checkRepository } from "./check-repository.ts";
export { formatProblems, type Problem } from "./problem.ts";
export { publishedPackages, type Repository, readRepository, type WorkspacePackage } from "./repository.ts";
export { checkPublicTypes } from "./rules/public-types.ts";
