/**
 * Parfocal io: images in, results out.
 *
 * @module
 */
export { type ObjectSummary, summarizeObjects } from "./labels/summarize-objects.ts";
export { type WriteLabelsOptions, type WrittenLabels, writeLabels } from "./labels/write-labels.ts";
export { type WriteOverlayOptions, type WrittenOverlay, writeOverlay } from "./overlay/write-overlay.ts";
export { type RunRecord, type RunSummary, writeRunJson } from "./run/write-run-json.ts";
