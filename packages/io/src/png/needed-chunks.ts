import { createInflate } from "node:zlib";

/** Chunks that pixels are made of. Others, such as colour profiles, are compressed, too, and nobody asked for them. */
const needed: ReadonlySet<string> = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);

/** A PNG without what is not needed for its pixels, and its compressed pixels. What is behind a damaged chunk is kept as it is. */
export function neededChunks(bytes: Uint8Array): { readonly whole: Uint8Array; readonly stream: readonly Uint8Array[] } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [view.subarray(0, 8)];
  const stream: Uint8Array[] = [];
  let at = 8;
  let type = "";
  while (type !== "IEND" && at + 12 <= view.length) {
    const end = at + 12 + view.readUInt32BE(at);
    type = view.toString("latin1", at + 4, at + 8);
    if (end > view.length) break;
    if (needed.has(type)) kept.push(view.subarray(at, end));
    if (type === "IDAT") stream.push(view.subarray(at + 8, end - 4));
    at = end;
  }
  return { whole: Buffer.concat([...kept, ...(type === "IEND" ? [] : [view.subarray(at)])]), stream };
}

/** Expands a stream, keeping nothing, to learn how long it becomes. @throws Error when it is damaged or becomes longer than a limit */
export async function checkInflated(stream: readonly Uint8Array[], limit: number): Promise<void> {
  const inflate = createInflate();
  let bytes = 0;
  inflate.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > limit) inflate.destroy(new Error(`its pixels become more than ${limit} bytes`));
  });
  await new Promise<void>((resolve, reject) => {
    inflate.on("end", resolve).on("error", reject);
    for (const part of stream) inflate.write(part);
    inflate.end();
  });
}
