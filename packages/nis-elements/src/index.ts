/**
 * Nodes for NIS-Elements GA3: where their Python lies, and what it needs to know of this installation.
 *
 * @module
 */

export { type ClientConfig, writeClientConfig } from "./client-config.ts";
export { clientFolder } from "./client-folder.ts";
export { importLine } from "./import-line.ts";
export { pythonText } from "./python-text.ts";
