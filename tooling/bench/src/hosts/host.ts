/** What the workers do: the cast, or nothing. */
export type Work = "cast" | "nothing";

/** Somebody who keeps a Python process and sends arrays to it. */
export interface Host {
  /** Makes the image of this shape, and what else is not part of a call. */
  prepare(shape: readonly number[]): Promise<void>;
  /**
   * So many calls, one after another: image in the host's memory to int32 labels in the host's memory.
   * @returns milliseconds of each
   * @throws Error when the labels of a cast are not the image.
   */
  run(work: Work, calls: number): Promise<number[]>;
  close(): Promise<void>;
}

/** The pixels of every host: the same for the same shape. */
export function makePixels(shape: readonly number[]): Uint16Array {
  const pixels = new Uint16Array(shape.reduce((product, length) => product * length, 1));
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = Math.imul(index, 40503);
  return pixels;
}

/** @throws Error when labels are not the pixels. */
export function checkLabels(way: string, labels: Int32Array, expected: Int32Array): void {
  const bytes = (array: Int32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (!bytes(labels).equals(bytes(expected))) throw new Error(`${way}: the labels are not the image`);
}
