import type { z } from "@hono/zod-openapi";
import { allocateImage, bytesOf, bytesPerElement, type DType, elementCount, type SlotImage } from "@parfocal/core";
import type { RefusalCode } from "./refusal.ts";
import type { arrayHeadersSchema } from "./schemas.ts";

/** Largest image that is taken, bytes. */
export const maxUploadBytes = 4 * 2 ** 30;

/** Why an upload is refused. */
export interface UploadRefusal {
  readonly status: 400 | 408 | 411 | 413;
  readonly code: RefusalCode;
  readonly message: string;
}

export interface UploadSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly axes: string;
  readonly pixelSize?: { readonly x?: number; readonly y?: number; readonly z?: number };
}

/** What the headers of a request say of its image. */
export function specOf(headers: z.infer<typeof arrayHeadersSchema>): UploadSpec {
  const pixelSize = headers["parfocal-pixel-size"];
  return {
    shape: headers["parfocal-shape"].split(",").map(Number),
    dtype: headers["parfocal-dtype"],
    axes: headers["parfocal-axes"],
    ...(pixelSize !== undefined && { pixelSize }),
  };
}

const bytesIn = ({ shape, dtype }: UploadSpec): number => (elementCount(shape) ?? Infinity) * bytesPerElement(dtype);

/** What is wrong with the description of an image; null when nothing is. */
export function checkSpec(spec: UploadSpec): UploadRefusal | null {
  const { shape, dtype, axes } = spec;
  if (shape.length !== axes.length) {
    return { status: 400, code: "REQUEST_INVALID", message: `axes "${axes}" do not name the ${shape.length} axes of the shape` };
  }
  if (bytesIn(spec) > maxUploadBytes) {
    return { status: 413, code: "TOO_LARGE", message: `${shape.join(" x ")} ${dtype} is more than ${maxUploadBytes} bytes` };
  }
  return null;
}

/** What is wrong with an upload before its first byte is read; null when nothing is. */
export function checkUpload(spec: UploadSpec, length: string | undefined): UploadRefusal | null {
  const wrong = checkSpec(spec);
  if (wrong !== null) return wrong;
  const { shape, dtype } = spec;
  const bytes = bytesIn(spec);
  if (length === undefined) return { status: 411, code: "LENGTH_REQUIRED", message: "the body has no length" };
  if (Number(length) !== bytes) {
    return {
      status: 400,
      code: "LENGTH_WRONG",
      message: `the body has ${length} bytes, ${shape.join(" x ")} ${dtype} are ${bytes}`,
    };
  }
  return null;
}

/**
 * Reads a body into a slot, as it comes in.
 *
 * @param stallMs how long nothing may come
 * @returns the image, or why there is none; then nothing is left of it.
 * @throws ParfocalError SLOTS_FULL
 */
export async function readUpload(
  spec: UploadSpec,
  body: ReadableStream<Uint8Array> | null,
  stallMs: number,
): Promise<SlotImage | UploadRefusal> {
  const image = allocateImage(spec);
  const target = bytesOf(image);
  const reader = body?.getReader();
  let done = 0;
  const give = (refusal: UploadRefusal): UploadRefusal => {
    image.release();
    void reader?.cancel().catch(() => {});
    return refusal;
  };
  for (;;) {
    const chunk = reader === undefined ? { done: true as const, value: undefined } : await nextChunk(reader, stallMs);
    if (chunk === "stalled") return give({ status: 408, code: "TOO_SLOW", message: `nothing came for ${stallMs / 1000} s` });
    if (chunk === "cut" || chunk.done) {
      if (done === target.byteLength && chunk !== "cut") return image;
      return give({ status: 400, code: "LENGTH_WRONG", message: `the body ended after ${done} of ${target.byteLength} bytes` });
    }
    if (done + chunk.value.byteLength > target.byteLength) {
      return give({ status: 413, code: "TOO_LARGE", message: `the body goes on after ${target.byteLength} bytes` });
    }
    target.set(chunk.value, done);
    done += chunk.value.byteLength;
  }
}

type Chunk = { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>, stallMs: number): Promise<Chunk | "stalled" | "cut"> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<"stalled">((resolve) => {
    timer = setTimeout(() => resolve("stalled"), stallMs);
  });
  try {
    return await Promise.race([reader.read() as Promise<Chunk>, stalled]);
  } catch {
    return "cut"; // the client went away
  } finally {
    clearTimeout(timer);
  }
}
