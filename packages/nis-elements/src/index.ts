/**
 * Nodes for NIS-Elements GA3: the scripts that people paste, where their Python lies, what it needs to know of this installation, and where
 * NIS-Elements is.
 *
 * @module
 */

export { clientFolder } from "./client-folder.ts";
export { importLine } from "./import-line.ts";
export { type EmbeddedPython, findInstallations, type NisInstallation } from "./installation/find-installations.ts";
export { type HostView, thisHost } from "./installation/host-view.ts";
export type { InstalledProgram } from "./installation/installed-programs.ts";
export { findManagedEnvironments, type ManagedEnvironment } from "./installation/managed-environments.ts";
export { pythonText } from "./python-text.ts";
export {
  type BinaryKind,
  binaryKinds,
  type NisVersion,
  nisVersions,
  type ScriptOptions,
  type ScriptPlaces,
} from "./script/script-options.ts";
export { writeScript } from "./script/write-script.ts";
