/** Draws docs/images/ga3-stardist.png from a run in the emulator: node --conditions=@parfocal/source packages/nis-elements/test/draw-result.ts */
import { fileURLToPath } from "node:url";
import { writeOverlay } from "@parfocal/io";
import { segmentNuclei } from "./support/segment-nuclei.ts";

const { image, labels, table } = await segmentNuclei();
const path = fileURLToPath(new URL("../../../docs/images/ga3-stardist.png", import.meta.url));
await writeOverlay(path, image, labels, { inputs: [] });
const shown = table.rows
  .slice(0, 3)
  .map((row) => row.slice(1).map((cell) => (Number.isInteger(cell) ? String(cell) : Number(cell).toFixed(2))));
console.log(
  `${path}: ${table.rows.length} objects\n${[table.columns.slice(1), ...shown].map((row) => row.join("  ")).join("\n")}`,
);
