/**
 * Parfocal io: images in, results out.
 *
 * @module
 */
export { isImageName } from "./formats.ts";
export { readLabels, toLabels } from "./labels/read-labels.ts";
export { type ObjectSummary, summarizeObjects } from "./labels/summarize-objects.ts";
export { type WriteLabelsOptions, type WrittenLabels, writeLabels } from "./labels/write-labels.ts";
export { type Outline, type OutlinePlace, type OutlinePolygon, type Ring, traceOutlines } from "./outlines/trace-outlines.ts";
export { type WriteGeoJsonOptions, writeGeoJson } from "./outlines/write-geojson.ts";
export { type WriteOutlinesOptions, type WrittenOutlines, writeRois } from "./outlines/write-rois.ts";
export { type PreparedOverlay, type PrepareOverlayOptions, prepareOverlay } from "./overlay/prepare-overlay.ts";
export { thumbnailOf } from "./overlay/thumbnail-of.ts";
export { type WriteOverlayOptions, type WrittenOverlay, writeOverlay } from "./overlay/write-overlay.ts";
export { createSizeCounter, type SizeCounter, type SizeHistogram } from "./qc/size-histogram.ts";
export { type QcItem, type QcPage, writeQcPage } from "./qc/write-qc-page.ts";
export type {
  BlockIndex,
  ImageHeader,
  ImageReader,
  ImageSelection,
  ImageWindow,
  OpenImage,
  PixelSource,
  ReadImage,
  Reading,
  ReadOptions,
} from "./read/image-reader.ts";
export type { InputFile } from "./read/input-file.ts";
export { createModuleReader, type ModuleReaderOptions } from "./read/module-reader.ts";
export { builtInReaders, openImage, type ReadImageOptions } from "./read/open-image.ts";
export { probeImage, type ReadPartOptions, readImage } from "./read/read-image.ts";
export { type RunRecord, type RunSummary, writeRunJson } from "./run/write-run-json.ts";
export { type JoinedTables, type JoinOptions, joinCsvTables, type NamedTable } from "./table/join-csv.ts";
export { type Table, type WriteTableOptions, type WrittenTable, writeTable } from "./table/write-table.ts";
