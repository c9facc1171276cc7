import { registry } from "zarrita";
import { gunzipAtMost, inflateAtMost } from "../read/expand.ts";

type CodecEntry = Awaited<ReturnType<NonNullable<ReturnType<typeof registry.get>>>>;
type Meta = Parameters<CodecEntry["fromConfig"]>[1];

let done = false;

/** Makes decoders that a few bytes could make fill the memory stop at what a chunk can hold. */
export function boundCodecs(): void {
  if (done) return;
  done = true;
  for (const name of ["gzip", "zlib", "numcodecs.gzip", "numcodecs.zlib"]) {
    const expand = name.endsWith("gzip") ? gunzipAtMost : inflateAtMost;
    registry.set(name, async () => ({
      fromConfig: (_, meta) => ({
        kind: "bytes_to_bytes",
        encode() {
          throw new Error("Zarr is only read here");
        },
        decode: async (bytes: Uint8Array) => whole(new Uint8Array(await expand(bytes, limitOf(meta))), meta),
      }),
    }));
  }
  const looks: readonly (readonly [name: string, problemOf: (bytes: Buffer, meta: Meta) => string | null])[] = [
    [
      "blosc",
      (bytes, meta) => cutOff(bytes.length, bytes.length < 16 ? 16 : bytes.readUInt32LE(12)) ?? tooLarge(bloscBytes(bytes), meta),
    ],
    ["zstd", (bytes, meta) => tooLarge(zstdBytes(bytes), meta)],
    ["lz4", (bytes, meta) => tooLarge(lz4Bytes(bytes), meta)],
    ["bytes", (bytes, meta) => cutOff(bytes.length, chunkBytes(meta))],
  ];
  for (const [name, problemOf] of looks) for (const key of [name, `numcodecs.${name}`]) lookBefore(key, problemOf);
}

/** Has a chunk looked at before it is decoded: the decoders believe what it says of itself. */
function lookBefore(name: string, problemOf: (bytes: Buffer, meta: Meta) => string | null): void {
  const load = registry.get(name);
  if (load === undefined) return;
  registry.set(name, async () => {
    const entry = await load();
    return {
      fromConfig(config, meta) {
        const codec = entry.fromConfig(config, meta);
        const decode = codec.decode.bind(codec);
        return Object.assign(codec, {
          async decode(bytes: Uint8Array) {
            const problem = problemOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), meta);
            if (problem !== null) throw new Error(problem);
            const decoded = await decode(bytes);
            return name === "bytes" ? decoded : whole(decoded as Uint8Array, meta);
          },
        });
      },
    };
  });
}

const cutOff = (found: number, needed: number): string | null =>
  found < needed ? `a chunk is cut off: it has ${found} of ${needed} bytes` : null;

function whole(bytes: Uint8Array, meta: Meta): Uint8Array {
  const problem = cutOff(bytes.byteLength, chunkBytes(meta));
  if (problem !== null) throw new Error(problem);
  return bytes;
}

const tooLarge = (claimed: number, meta: Meta): string | null =>
  claimed > limitOf(meta) ? `a chunk says that it becomes ${claimed} bytes, it may become ${limitOf(meta)}` : null;

const chunkBytes = ({ shape, dataType }: Meta): number => {
  const bits = Number(/(\d+)$/.exec(String(dataType))?.[1] ?? 8);
  return shape.reduce((product, side) => product * side, 1) * Math.ceil(bits / 8);
};

/** Twice the bytes of a chunk, for those who pad. */
const limitOf = (meta: Meta): number => chunkBytes(meta) * 2 + 65_536;

/** Blosc 1 chunk header: the size when expanded is in bytes 4 to 7. */
const bloscBytes = (bytes: Buffer): number => (bytes.length < 16 ? 0 : bytes.readUInt32LE(4));

/** numcodecs writes the size before an LZ4 block. */
const lz4Bytes = (bytes: Buffer): number => (bytes.length < 4 ? 0 : bytes.readUInt32LE(0));

/** Frame content size of a Zstandard frame (RFC 8878, 3.1.1.1); at least the window where it is not stated. */
function zstdBytes(bytes: Buffer): number {
  if (bytes.length < 14 || bytes.readUInt32LE(0) !== 0xfd2fb528) return 0;
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const start = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? bytes[start]! : 0;
    case 1:
      return bytes.readUInt16LE(start) + 256;
    case 2:
      return bytes.readUInt32LE(start);
    default:
      return Number(bytes.readBigUInt64LE(start));
  }
}
