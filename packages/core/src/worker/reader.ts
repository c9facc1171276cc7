import { resolve } from "node:path";
import { z } from "zod";
import { dtypeNames } from "../array/dtype.ts";
import type { MeasureOptions } from "../contract/measure.ts";
import type { OpenSource, PlaneSelection, Reader, SourceHeader, SourcePosition } from "../contract/reader.ts";
import { isParfocalError, ParfocalError } from "../errors/parfocal-error.ts";
import { type Params, resolveParams, toWire } from "../module/params.ts";
import { createSlotHost, type NewWorker, type WorkerParts } from "./array-host.ts";
import { withLife } from "./live-worker.ts";
import { ProtocolFault, type ReadMessage } from "./messages.ts";
import { ask } from "./perform-ask.ts";

const positive = z.number().positive();
const headerSchema = z.object({
  format: z.string().min(1),
  positions: z
    .array(
      z
        .object({
          name: z.string(),
          axes: z.string().regex(/^t?c?z?yx$/),
          shape: z.array(z.int().positive()),
          dtype: z.enum(dtypeNames as [string, ...string[]]),
          channels: z.array(z.string()),
          pixelSize: z.object({ x: positive.optional(), y: positive.optional(), z: positive.optional() }),
        })
        .refine(({ axes, shape }) => axes.length === shape.length, "axes and shape differ in length"),
    )
    .min(1),
  notes: z.array(z.string()),
});

/** A reader whose process a connector provides. */
export function createReader<P>(parts: WorkerParts): NewWorker<Reader<P>> {
  const host = createSlotHost(parts);
  const { manifest } = parts.handle;

  async function open(file: string, params: Partial<P> = {}, options: MeasureOptions = {}): Promise<OpenSource> {
    const path = resolve(file);
    const wire = toWire(resolveParams(manifest, params as Params, { stages: ["network", "post"], fixed: parts.loadParams }));
    const header = await readable(
      ask(host, {
        inputs: [],
        message: () => ({ type: "open", path, params: wire }),
        answer: ({ reply }) => checkHeader(reply.info.header),
        options,
      }),
    );
    return {
      path,
      header,
      async read(selection = {}, readOptions = {}) {
        const chosen = choose(path, header, selection);
        const [y0 = 0, y1 = 0, x0 = 0, x1 = 0] = chosen.window;
        return readable(
          ask(host, {
            inputs: [],
            message: () => ({ type: "read", path, selection: chosen, params: wire }),
            answer({ arrays }) {
              const plane = arrays.pixels!;
              if (plane.shape.length === 2 && plane.shape[0] === y1 - y0 && plane.shape[1] === x1 - x0) return plane;
              throw new ProtocolFault(`a plane of ${y1 - y0} x ${x1 - x0} came as (${plane.shape.join(", ")})`);
            },
            options: readOptions,
          }),
        );
      },
      async close() {
        await ask(host, { inputs: [], message: () => ({ type: "forget", path, params: wire }), answer: () => {}, options: {} });
      },
    };
  }
  return { worker: withLife(host.engine, parts, { open }), begin: host.begin };
}

function checkHeader(header: unknown): SourceHeader {
  const parsed = headerSchema.safeParse(header);
  if (parsed.success) return parsed.data as SourceHeader;
  const [issue] = parsed.error.issues;
  throw new ProtocolFault(`the header of a file: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** What was left out is filled in. */
function choose(path: string, { positions }: SourceHeader, selection: PlaneSelection): ReadMessage["selection"] {
  const { position = 0, t = 0, c = 0, z = 0, window } = selection;
  const chosen = positions[position];
  if (chosen === undefined) throw noSuch(path, `position ${position}`, `positions 0 to ${positions.length - 1}`);
  for (const [axis, index] of Object.entries({ t, c, z })) {
    const length = lengthOf(chosen, axis);
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw noSuch(path, `${axis} ${index}`, `${axis} 0 to ${length - 1}`);
  }
  const height = lengthOf(chosen, "y");
  const width = lengthOf(chosen, "x");
  const { y, x } = window ?? { y: [0, height], x: [0, width] };
  for (const [[start, stop], length] of [
    [y, height],
    [x, width],
  ] as const) {
    const fits = Number.isInteger(start) && Number.isInteger(stop) && 0 <= start && start < stop && stop <= length;
    if (!fits) throw noSuch(path, `window y ${y.join(":")}, x ${x.join(":")}`, `${height} x ${width} pixels`);
  }
  return { position, t, c, z, window: [...y, ...x] };
}

const lengthOf = ({ axes, shape }: SourcePosition, axis: string): number => shape[axes.indexOf(axis)] ?? 1;

const noSuch = (path: string, asked: string, found: string): ParfocalError<"USAGE"> =>
  new ParfocalError("USAGE", `${path} has no ${asked}; it has ${found}`, { hint: "choose one that the file has" });

/** A file that a reader rejects is no image that does not fit, but one that cannot be read. */
async function readable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isParfocalError(error, "INPUT_REJECTED")) throw error;
    throw new ParfocalError("INPUT_UNREADABLE", error.message, { hint: error.hint, cause: error });
  }
}
