import { hashArray } from "../array/nd-array.ts";
import type { Image, NdArray } from "../contract/array.ts";
import type { DeviceReport, Provenance } from "../contract/run.ts";
import { type AdaptedImage, adaptImage } from "../module/adapt-image.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import { fromWire } from "../module/params.ts";
import type { Origin } from "./perform-call.ts";

/** What is known of an image once it has been sent, and what `refine` needs of it later. */
export interface SentImage {
  readonly axes: string;
  readonly spatialShape: readonly number[];
  readonly pixelSize: Readonly<Record<string, number>> | null;
  readonly restore: AdaptedImage["restore"];
  readonly input: Provenance["input"];
  readonly inputSha256: string | null;
  readonly adaptations: readonly string[];
}

/** Fits an image to the module and notes what results will say of it. */
export function prepareImage(
  image: Image,
  manifest: ModuleManifest,
  options: { readonly axes: readonly string[] | null; readonly hashInput: boolean },
): { readonly adapted: Image; readonly sent: SentImage } {
  const { image: adapted, notes, restore } = adaptImage(image, manifest, options.axes ?? manifest.accepts.axes);
  return {
    adapted,
    sent: {
      axes: adapted.axes,
      spatialShape: adapted.shape.filter((_, axis) => !"tc".includes(adapted.axes[axis] ?? "")),
      pixelSize: image.pixelSize === undefined ? null : { ...image.pixelSize },
      restore,
      input: { axes: image.axes, shape: [...image.shape], dtype: image.dtype },
      inputSha256: options.hashInput ? hashArray(image) : null,
      adaptations: notes,
    },
  };
}

/** Gives outputs the names of the manifest, and labels the axes of the caller's image; other outputs stay as the model made them. */
export function restoreOutputs(
  arrays: Readonly<Record<string, NdArray>>,
  manifest: ModuleManifest,
  sent: SentImage,
): Record<string, NdArray> {
  return Object.fromEntries(
    Object.entries(fromWire(arrays)).map(([name, array]) => [
      name,
      manifest.outputs[name]?.kind === "labels" ? sent.restore(array) : array,
    ]),
  );
}

/** Everything that is needed to repeat a call. */
export function provenanceOf(
  module: string,
  { version, environment, weights }: Origin,
  call: {
    readonly operation: Provenance["operation"];
    readonly params: Readonly<Record<string, unknown>>;
    readonly device: DeviceReport;
    readonly sent: Pick<SentImage, "input" | "inputSha256" | "adaptations">;
    readonly worker: Readonly<Record<string, unknown>>;
  },
): Provenance {
  const { stamp } = environment;
  return {
    module,
    version,
    lockSha256: stamp.lockSha256,
    environment: environment.key,
    profile: stamp.profile,
    accelerator: stamp.accelerator,
    python: stamp.python.version,
    operation: call.operation,
    params: call.params,
    device: call.device,
    inputSha256: call.sent.inputSha256,
    input: call.sent.input,
    adaptations: call.sent.adaptations,
    weights,
    worker: fromWire(call.worker),
  };
}
