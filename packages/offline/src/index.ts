/**
 * Offline bundles: one file that brings Parfocal, modules, and all that they need to a PC without a network.
 *
 * @module
 */
export { type BundleProgress, type CreatedBundle, type CreateOptions, createBundle } from "./create/create-bundle.ts";
export { type BundlePlan, type BundleRequest, planBundle } from "./create/plan-bundle.ts";
export { checkBundle } from "./install/check-bundle.ts";
export { type InstalledBundle, type InstallOptions, type InstallPlan, installBundle } from "./install/install-bundle.ts";
export { type OpenBundle, openBundle } from "./install/open-bundle.ts";
export type { BundleFile, BundleManifest } from "./manifest.ts";
export { findTarget, isAccelerator, type Target, targetNames } from "./targets.ts";
