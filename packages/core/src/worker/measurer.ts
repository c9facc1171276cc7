import { z } from "zod";
import { checkNdArray } from "../array/nd-array.ts";
import type { Image, Labels, NdArray } from "../contract/array.ts";
import type { MeasureOptions, MeasureResult, Measurer, MeasureWindow, TableColumn } from "../contract/measure.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import { resolveParams, toWire } from "../module/params.ts";
import { createSlotHost, type NewWorker, type SlotHost, type WorkerParts } from "./array-host.ts";
import { provenanceOf } from "./calls.ts";
import { fitTogether } from "./fit-together.ts";
import { withLife } from "./live-worker.ts";
import { ProtocolFault } from "./messages.ts";
import { type Answer, ask } from "./perform-ask.ts";
import { timingOf } from "./result-of.ts";

const columnsSchema = z.array(
  z.object({ name: z.string().min(1), unit: z.string().nullable(), type: z.enum(["integer", "boolean", "float"]) }),
);

/** A measurer whose process a connector provides. */
export function createMeasurer<P>(parts: WorkerParts): NewWorker<Measurer<P>> {
  const host = createSlotHost(parts);
  const { manifest } = parts.handle;

  async function measure(
    labels: Labels,
    image: Image | null = null,
    params: Partial<P> = {},
    options: MeasureOptions = {},
  ): Promise<MeasureResult> {
    const createdAt = performance.now();
    checkNdArray(labels);
    if (image !== null) checkNdArray(image);
    const callParams = resolveParams(manifest, params, { stages: ["network", "post"], fixed: parts.loadParams });
    const fitted = fitTogether(manifest, labels, image);
    const window = options.window === undefined ? null : checkWindow(manifest, fitted.labels.shape, options.window);
    const pixelSize = image?.pixelSize ?? labels.pixelSize ?? null;
    return ask(host, {
      inputs: fitted.image === null ? [fitted.labels] : [fitted.labels, fitted.image],
      message: ([labelsRef, imageRef = null]) => ({
        type: "measure",
        labels: labelsRef!,
        image: imageRef,
        axes: (fitted.image ?? fitted.labels).axes,
        spatialShape: fitted.labels.shape,
        pixelSize: pixelSize === null ? null : { ...pixelSize },
        window,
        params: toWire(callParams),
      }),
      answer: (answer) =>
        resultOf(host, answer, { createdAt, labels, notes: fitted.notes, params: { ...parts.loadParams, ...callParams } }),
      options,
    });
  }
  return { worker: withLife(host.engine, parts, { measure }), begin: host.begin };
}

/** @throws ParfocalError NOT_SUPPORTED, INPUT_REJECTED */
function checkWindow(
  { name, windows }: ModuleManifest,
  part: readonly number[],
  { origin, shape }: MeasureWindow,
): MeasureWindow {
  if (!windows) {
    throw new ParfocalError("NOT_SUPPORTED", `${name} measures whole labels, not windows of them`, {
      hint: "leave `window` out, or choose another measurer",
    });
  }
  const fits =
    origin.length === part.length &&
    shape.length === part.length &&
    part.every((length, axis) => Number.isInteger(origin[axis]) && origin[axis]! >= 0 && origin[axis]! + length <= shape[axis]!);
  if (fits) return { origin: [...origin], shape: [...shape] };
  throw new ParfocalError(
    "INPUT_REJECTED",
    `${name}: a window of ${part.join(" x ")} from ${origin.join(", ")} does not lie in labels of ${shape.join(" x ")}`,
    { hint: "give the first pixel of the window and the lengths of the whole, one for each axis", details: {} },
  );
}

interface Asked {
  readonly createdAt: number;
  readonly labels: Labels;
  readonly notes: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
}

function resultOf(host: SlotHost, answer: Answer, { createdAt, labels, notes, params }: Asked): MeasureResult {
  const { call, reply, arrays, warnings, times } = answer;
  const { columns: described, ...info } = reply.info;
  const columns = readColumns(described, arrays.table!);
  const origin = host.originOf(call.lane.session);
  const device = { used: reply.device, requested: host.requestedDevice, reason: origin.environment.choice.reason };
  const input = { axes: labels.axes, shape: [...labels.shape], dtype: labels.dtype };
  return {
    columns,
    objects: arrays.table!.shape[1] ?? 0,
    warnings,
    timing: timingOf({ createdAt }, { reply, times }, call.loadMs),
    device,
    provenance: provenanceOf(host.handle.manifest.name, origin, {
      operation: "measure",
      params,
      device,
      sent: { input, inputSha256: null, adaptations: notes },
      worker: { numpy: call.ready.numpy, ...info },
    }),
  };
}

/** The rows of the array that the worker sent are the table's columns, so that each is a view. */
function readColumns(described: unknown, table: NdArray): TableColumn[] {
  const parsed = columnsSchema.safeParse(described);
  if (!parsed.success) throw new ProtocolFault(`the columns of a table: ${parsed.error.issues[0]?.message}`);
  const [count, objects = 0] = table.shape;
  if (table.dtype !== "float64" || table.shape.length !== 2 || count !== parsed.data.length) {
    throw new ProtocolFault(`a table of ${parsed.data.length} columns came as ${table.dtype} (${table.shape.join(", ")})`);
  }
  const values = table.data as Float64Array;
  return parsed.data.map((column, index) => ({ ...column, values: values.subarray(index * objects, (index + 1) * objects) }));
}
