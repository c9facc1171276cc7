import { createReadStream, type ReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Reads a file in chunks of its own size, 1 MiB at most. A bundle holds thousands of small files; with a buffer of a MiB for each, the garbage
 * collector works for longer than reading takes.
 */
export async function streamFile(path: string, signal?: AbortSignal): Promise<ReadStream> {
  const { size } = await stat(path);
  const highWaterMark = Math.min(Math.max(size, 1 << 12), 1 << 20);
  return createReadStream(path, { highWaterMark, ...(signal && { signal }) });
}
