/**
 * Nikon ND2, Zeiss CZI and Leica LIF, read plane by plane through the libraries that know them best.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import { readerParams } from "./params.ts";
import { VERSION } from "./version.ts";

export { readerParams, VERSION };

/** Reads files of microscopes: what they say of themselves, then single planes or windows of them. */
export const reader = defineModule({
  name: "reader",
  version: VERSION,
  kind: "reader",
  description: "Reads ND2, CZI and LIF files of microscopes",
  folder: new URL("../", import.meta.url),
  params: readerParams,
  reads: { ".nd2": "Nikon NIS-Elements", ".czi": "ZEISS ZEN", ".lif": "Leica LAS X" },
  profiles: { default: { imports: ["numpy", "nd2", "pylibCZIrw", "liffile"] } },
});
