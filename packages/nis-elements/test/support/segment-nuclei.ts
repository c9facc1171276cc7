import { fileURLToPath } from "node:url";
import { ensureEnvironment, type Image, type Labels, type Module, readModule, resolveParams, sampleFiles } from "@parfocal/core";
import { readImage } from "@parfocal/io";
import { type ScriptOptions, type ScriptPlaces, writeScript } from "../../src/index.ts";
import { type EmulatedTable, emulate, frameOf } from "./emulate.ts";
import { type Installation, makeInstallation } from "./installation.ts";

const folder = fileURLToPath(new URL("../../../../modules/stardist", import.meta.url));

/** The script that `parfocal ga3 script stardist --table` writes, or one with other options. */
export function stardistScript(module: Module, places: ScriptPlaces, options: Partial<ScriptOptions> = {}): string {
  return writeScript({
    module: module.handle,
    params: resolveParams(module.manifest, {}),
    nis: "6.20",
    volume: false,
    table: true,
    binary: "int32",
    inputChannel: null,
    userParams: false,
    places,
    command: "parfocal ga3 script stardist --table",
    ...options,
  });
}

type WriteNode = (module: Module, here: Installation) => string;

/**
 * StarDist's own picture of nuclei, 512 x 512, as a node of NIS-Elements segments it in the emulator.
 *
 * @param planes how often the picture lies above itself
 * @throws Error with the text that the node shows
 */
export async function segmentNuclei(
  writeNode: WriteNode = (module, { places }) => stardistScript(module, places),
  planes = 1,
): Promise<{
  readonly module: Module;
  readonly image: Image;
  readonly labels: Labels;
  readonly table: EmulatedTable;
  readonly findings: readonly string[];
}> {
  const module = await readModule(folder);
  const environment = await ensureEnvironment(module.handle, { device: "cpu" });
  const image: Image = await readImage(sampleFiles(module.handle, environment)!.image);
  const here = makeInstallation();
  try {
    const script = writeNode(module, here);
    const inputs = [{ frames: [frameOf(...Array.from({ length: planes }, () => image))], calibration: [0.65, 0.65, 0] as const }];
    const { calls, findings, error } = await emulate(script, { inputs, outputs: ["binary", "table"] }, here.folder);
    const [call] = calls;
    if (error !== null || call === undefined || call.error !== null)
      throw new Error(error ?? call?.error ?? "the node was not called");
    const labels = {
      ...call.binary!,
      shape: planes === 1 ? image.shape : [planes, ...image.shape],
      axes: planes === 1 ? "yx" : "zyx",
    } as Labels;
    return { module, image, labels, table: call.table!, findings };
  } finally {
    await here.remove();
  }
}
