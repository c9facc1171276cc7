import { promisify } from "node:util";
import * as zlib from "node:zlib";

type Expand = (
  stored: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Uint8Array>;

/** What is expanded at once; Node's own 16 KiB take twice as long. */
const largestChunk = 2 ** 18;

/** Expands a deflate stream with its head. @throws Error when it is damaged or becomes longer than a limit */
export const inflateAtMost = (stored: Uint8Array, limit: number): Promise<Uint8Array> =>
  atMost(promisify(zlib.inflate), stored, limit);

/** The same for gzip. */
export const gunzipAtMost = (stored: Uint8Array, limit: number): Promise<Uint8Array> =>
  atMost(promisify(zlib.gunzip), stored, limit);

/** The same for Zstandard. @throws Error also where Node cannot */
export async function unzstdAtMost(stored: Uint8Array, limit: number): Promise<Uint8Array> {
  const { zstdDecompress } = zlib as Partial<typeof zlib>;
  if (zstdDecompress === undefined) throw new Error("Zstandard needs Node 22.15 or newer");
  return atMost(promisify(zstdDecompress), stored, limit);
}

async function atMost(expand: Expand, stored: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  try {
    return await expand(stored, { maxOutputLength, chunkSize: Math.min(largestChunk, maxOutputLength) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw cause;
    throw new Error(`it becomes more than the ${maxOutputLength} bytes that there is room for`, { cause });
  }
}
