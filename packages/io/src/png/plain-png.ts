import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import { inflateAtMost } from "../read/expand.ts";

/** Chunks beside the pixels that they need. Others, such as colour profiles, are compressed, too, and nobody asked for them. */
const needed: ReadonlySet<string> = new Set(["IHDR", "PLTE", "tRNS"]);

/**
 * The same picture as a PNG without compression and without what its pixels do not need: the decoder would expand whatever there is, however long it becomes, and
 * more slowly.
 *
 * @param limit most bytes that the pixels may become
 * @throws Error when it is damaged, cut off, or becomes longer
 */
export async function plainPng(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [view.subarray(0, 8)];
  const stream: Uint8Array[] = [];
  let type = "";
  for (let at = 8; type !== "IEND"; ) {
    if (at + 12 > view.length) throw new Error("its end is missing");
    const end = at + 12 + view.readUInt32BE(at);
    type = view.toString("latin1", at + 4, at + 8);
    if (end > view.length) throw new Error(`it is cut off in ${type}`);
    if (crc32(view.subarray(at + 4, end - 4)) !== view.readUInt32BE(end - 4))
      throw new Error(`${type} has another checksum than it says`);
    if (needed.has(type)) kept.push(view.subarray(at, end));
    if (type === "IDAT") stream.push(view.subarray(at + 8, end - 4));
    at = end;
  }
  const pixels = await inflateAtMost(stream.length === 1 ? stream[0]! : Buffer.concat(stream), limit);
  const stored = await promisify(deflate)(pixels, { level: 0 });
  return Buffer.concat([...kept, head("IDAT", stored.length), stored, noChecksum, head("IEND", 0), noChecksum]);
}

/** Nobody looks at it: what was read has been checked. */
const noChecksum = Buffer.alloc(4);

function head(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(length);
  bytes.write(type, 4, "latin1");
  return bytes;
}
