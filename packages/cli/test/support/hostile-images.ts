import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, deflateRawSync, deflateSync, zstdCompressSync } from "node:zlib";
import { type PngHead, pngFile } from "@parfocal/fixtures";

const ascii = 2;
const short = 3;
const long = 4;

/** A field of a TIFF directory: numbers of 32 bits, or text. */
type TiffField = readonly [tag: number, value: number | string | readonly number[]];

/** A little-endian TIFF of one directory, its pixels at byte 8. */
function tiffOf(pixels: Buffer, fields: readonly TiffField[], next = 0): Buffer {
  const at = 8 + pixels.length;
  const head = Buffer.alloc(8);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(at, 4);
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16LE(fields.length, 0);
  const behind: Buffer[] = [];
  let end = at + directory.length;
  for (const [index, [tag, value]] of [...fields].sort(([a], [b]) => a - b).entries()) {
    const place = 2 + index * 12;
    const numbers = typeof value === "number" ? [value] : value;
    const bytes = typeof numbers === "string" ? Buffer.from(`${numbers}\0`) : Buffer.from(Uint32Array.from(numbers).buffer);
    directory.writeUInt16LE(tag, place);
    directory.writeUInt16LE(typeof numbers === "string" ? ascii : tag === 258 ? short : long, place + 2);
    directory.writeUInt32LE(typeof numbers === "string" ? bytes.length : numbers.length, place + 4);
    if (bytes.length <= 4) bytes.copy(directory, place + 8);
    else {
      directory.writeUInt32LE(end, place + 8);
      behind.push(bytes);
      end += bytes.length;
    }
  }
  directory.writeUInt32LE(next, directory.length - 4);
  return Buffer.concat([head, pixels, directory, ...behind]);
}

/** Fields of a grey image that lies in one strip at byte 8. */
function greyFields(height: number, width: number, bits: number, bytes: number): TiffField[] {
  return [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, height],
    [279, bytes],
  ];
}

/** The same fields with another value of one. */
const withTag = (fields: readonly TiffField[], wanted: number, other: number): TiffField[] =>
  fields.map(([tag, value]) => [tag, tag === wanted ? other : value]);

const pieceBytes = 2 ** 26;

/** A deflate stream that becomes this many zeros, in whole pieces of 64 MiB. */
function zerosDeflated(bytes: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(pieceBytes), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const pieces = Array.from({ length: Math.ceil(bytes / pieceBytes) }, () => piece);
  // the checksum of zeros: their count in the upper half, 1 in the lower
  const end = Buffer.from([3, 0, 0, 0, 0, 1]);
  end.writeUInt16BE(bytes % 65_521, 2);
  return Buffer.concat([Buffer.from([0x78, 0xda]), ...pieces, end]);
}

/** The same as Zstandard frames; those that do not say what they become are told by nothing but decoding them. */
function zerosZstd(bytes: number): Buffer {
  const piece = zstdCompressSync(Buffer.alloc(pieceBytes), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / pieceBytes) }, () => piece));
}

/** A grey PNG of 8 bits. */
const greyPng = (height: number, width: number): PngHead => ({ width, height, bits: 8, colourType: 0 });

/** The beginning of a grey JPEG that says how large it is. */
const jpegHead = (height: number, width: number): Buffer =>
  Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]);

function npyHead(descr: string, shape: string): Buffer {
  const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\0v\0", "latin1"), Buffer.from(`${fields.padEnd(117)}\n`)]);
}

const floats = (value: number): Buffer =>
  Buffer.from(Float32Array.from({ length: 64 * 64 }, (_, at) => (at === 70 ? value : at)).buffer);

/** A Zarr array of Zarr 3, without its chunks. */
function writeArray(folder: string, shape: readonly number[], chunks: readonly number[]): void {
  mkdirSync(folder, { recursive: true });
  const metadata = {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    dimension_names: ["y", "x"],
  };
  writeFileSync(join(folder, "zarr.json"), JSON.stringify(metadata));
}

function writeGroup(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true });
  const multiscales = [{ axes: [{ name: "y" }, { name: "x" }], datasets: [{ path }] }];
  const group = { zarr_format: 3, node_type: "group", attributes: { ome: { version: "0.5", multiscales } } };
  writeFileSync(join(folder, "zarr.json"), JSON.stringify(group));
}

/** What is wrong with a file, and what the command is to say of it. */
interface HostileImage {
  readonly name: string;
  readonly what: string;
  write(path: string): void;
  readonly code: string;
  readonly words: string;
}

const gib = 2 ** 30;

/** One of each kind; whatever is larger than its file would take gigabytes if it were believed. */
export const hostileImages: readonly HostileImage[] = [
  {
    name: "empty.tif",
    what: "a file of zero bytes",
    write: (path) => writeFileSync(path, ""),
    code: "INPUT_UNREADABLE",
    words: "the file is empty",
  },
  {
    name: "cut.tif",
    what: "a TIFF whose end is missing",
    write(path) {
      const whole = tiffOf(Buffer.alloc(4096), greyFields(64, 64, 8, 4096));
      const head = Buffer.from(whole.subarray(0, 8));
      writeFileSync(path, Buffer.concat([head, whole.subarray(8, 3000)]));
    },
    code: "INPUT_UNREADABLE",
    words: "cut off or damaged",
  },
  {
    name: "circle.tif",
    what: "a TIFF whose directories lead in a circle",
    write: (path) => writeFileSync(path, tiffOf(Buffer.alloc(64), greyFields(8, 8, 8, 64), 72)),
    code: "INPUT_UNREADABLE",
    words: "leads back to an earlier one",
  },
  {
    name: "beyond.tif",
    what: "a TIFF whose strip lies behind the end",
    write(path) {
      const fields = withTag(greyFields(8, 8, 8, 64), 273, 100_000);
      writeFileSync(path, tiffOf(Buffer.alloc(64), fields));
    },
    code: "INPUT_UNREADABLE",
    words: "ends at byte 100064",
  },
  {
    name: "bomb deflate.tif",
    what: "a TIFF whose deflate strip becomes 4 GiB",
    write(path) {
      const stream = zerosDeflated(4 * gib);
      const fields = withTag(greyFields(64, 64, 8, stream.length), 259, 8);
      writeFileSync(path, tiffOf(stream, fields));
    },
    code: "INPUT_UNREADABLE",
    words: "it becomes more than the",
  },
  {
    name: "bomb zstd.tif",
    what: "a TIFF whose Zstandard strip becomes 4 GiB",
    write(path) {
      const stream = zerosZstd(4 * gib);
      const fields = withTag(greyFields(64, 64, 8, stream.length), 259, 50_000);
      writeFileSync(path, tiffOf(stream, fields));
    },
    code: "INPUT_UNREADABLE",
    words: "it becomes more than the",
  },
  {
    name: "bomb half.tif",
    what: "a TIFF of 16-bit floats whose deflate strip becomes 4 GiB",
    write(path) {
      const stream = zerosDeflated(4 * gib);
      const fields = withTag(greyFields(64, 64, 16, stream.length), 259, 8);
      writeFileSync(path, tiffOf(stream, [...fields, [339, 3]]));
    },
    code: "INPUT_UNREADABLE",
    words: "it becomes more than the",
  },
  {
    name: "bomb jpeg.tif",
    what: "a TIFF whose JPEG tile says that it is 65,000 pixels wide and high",
    write(path) {
      const stream = Buffer.concat([jpegHead(65_000, 65_000), Buffer.alloc(64)]);
      const fields = withTag(greyFields(64, 64, 8, stream.length), 259, 7);
      writeFileSync(path, tiffOf(stream, fields));
    },
    code: "INPUT_UNREADABLE",
    words: "65000 x 65000",
  },
  {
    name: "bomb again.tif",
    what: "a TIFF whose 240 tiles of 64 MiB are one and the same",
    write(path) {
      const side = 8192;
      const stream = zerosDeflated(side * side);
      const tiles = 240;
      writeFileSync(
        path,
        tiffOf(stream, [
          [256, side],
          [257, side * tiles],
          [258, 8],
          [259, 8],
          [262, 1],
          [277, 1],
          [322, side],
          [323, side],
          [324, Array.from({ length: tiles }, () => 8)],
          [325, Array.from({ length: tiles }, () => stream.length)],
        ]),
      );
    },
    code: "INPUT_UNREADABLE",
    words: "its pixels need 16106127360 bytes",
  },
  {
    name: "bomb.png",
    what: "a PNG of 64 x 64 pixels whose stream becomes 4 GiB",
    write: (path) => writeFileSync(path, pngFile(greyPng(64, 64), zerosDeflated(4 * gib))),
    code: "INPUT_UNREADABLE",
    words: "the PNG is damaged: it becomes more than the",
  },
  {
    name: "wide.png",
    what: "a PNG of one megabyte that is 30,000 pixels wide and high, all black",
    write: (path) => writeFileSync(path, pngFile(greyPng(30_000, 30_000), zerosDeflated(30_001 * 30_000))),
    code: "INPUT_UNREADABLE",
    words: "30000 x 30000",
  },
  {
    name: "wide.jpg",
    what: "a JPEG of four megabytes that says it is 30,000 pixels wide and high",
    write: (path) => writeFileSync(path, Buffer.concat([jpegHead(30_000, 30_000), Buffer.alloc(4_000_000)])),
    code: "INPUT_UNREADABLE",
    words: "megapixels",
  },
  {
    name: "wide 2.jpg",
    what: "a JPEG of two megabytes that says it is 22,000 pixels wide and high",
    write: (path) => writeFileSync(path, Buffer.concat([jpegHead(22_000, 22_000), Buffer.alloc(2_000_000)])),
    code: "INPUT_UNREADABLE",
    words: "22000 x 22000",
  },
  {
    name: "terabyte.npy",
    what: "a .npy whose head promises 8 TiB",
    write: (path) => writeFileSync(path, Buffer.concat([npyHead("<f8", "(1048576, 1048576)"), Buffer.alloc(64)])),
    code: "NPY_INVALID",
    words: "needs 8796093022208 bytes",
  },
  {
    name: "sparse.npy",
    what: "a .npy of 64 GiB that takes no room on the disk",
    write(path) {
      writeFileSync(path, npyHead("|u1", "(262144, 262144)"));
      truncateSync(path, 128 + 2 ** 36);
    },
    code: "INPUT_UNREADABLE",
    words: "more than the limit",
  },
  {
    name: "nan.tif",
    what: "a float image with NaN",
    write: (path) => writeFileSync(path, tiffOf(floats(Number.NaN), [...greyFields(64, 64, 32, 16_384), [339, 3]])),
    code: "INPUT_REJECTED",
    words: "1 of 4096 pixels are NaN or infinite",
  },
  {
    name: "inf.tif",
    what: "a float image with infinity",
    write: (path) => writeFileSync(path, tiffOf(floats(Number.POSITIVE_INFINITY), [...greyFields(64, 64, 32, 16_384), [339, 3]])),
    code: "INPUT_REJECTED",
    words: "1 of 4096 pixels are NaN or infinite",
  },
  {
    name: "climbs.zarr",
    what: "an OME-Zarr that names an array outside of it",
    write(path) {
      writeGroup(path, "../secret.zarr/0");
    },
    code: "INPUT_UNREADABLE",
    words: "which lies outside of it",
  },
  {
    name: "linked array.zarr",
    what: "an OME-Zarr whose array is a link to a folder outside of it",
    write(path) {
      writeGroup(path, "0");
      symlinkSync(join(path, "../../secret"), join(path, "0"));
    },
    code: "INPUT_UNREADABLE",
    words: "which lies outside of it",
  },
  {
    name: "linked chunk.zarr",
    what: "an OME-Zarr whose chunk is a link to a file outside of it",
    write(path) {
      writeGroup(path, "0");
      writeArray(join(path, "0"), [4, 4], [4, 4]);
      mkdirSync(join(path, "0/c/0"), { recursive: true });
      symlinkSync(join(path, "../../secret/c/0/0"), join(path, "0/c/0/0"));
    },
    code: "INPUT_UNREADABLE",
    words: "which lies outside of it",
  },
  {
    name: "bare.zarr",
    what: "an OME-Zarr of some hundred bytes that stands for 9 GB of nothing",
    write(path) {
      writeGroup(path, "0");
      writeArray(join(path, "0"), [95_000, 95_000], [1000, 1000]);
    },
    code: "INPUT_UNREADABLE",
    words: "95000 x 95000",
  },
  {
    name: "folder.zarr",
    what: "an empty folder with the name of an OME-Zarr",
    write: (path) => mkdirSync(path),
    code: "INPUT_UNREADABLE",
    words: "it is a folder",
  },
  {
    name: "pipe.tif",
    what: "a pipe with the name of an image",
    write: (path) => execFileSync("/usr/bin/mkfifo", [path]),
    code: "INPUT_UNREADABLE",
    words: "it is not a regular file",
  },
  {
    name: "link.tif",
    what: "a link to itself",
    write: (path) => symlinkSync(path, path),
    code: "INPUT_UNREADABLE",
    words: "link.tif",
  },
  {
    name: "nowhere.tif",
    what: "a link to nothing",
    write: (path) => symlinkSync(`${path}.gone`, path),
    code: "INPUT_NOT_FOUND",
    words: "there is no file",
  },
  // root may read whatever there is
  ...(process.getuid?.() === 0
    ? []
    : [
        {
          name: "closed.tif",
          what: "a file without permission to read it",
          write(path: string) {
            writeFileSync(path, "secret");
            chmodSync(path, 0);
          },
          code: "INPUT_UNREADABLE",
          words: "no permission to read it",
        },
      ]),
];

/** What the links of hostile files lead to: an array that must not come to light. */
export function writeSecret(folder: string): void {
  writeArray(folder, [4, 4], [4, 4]);
  mkdirSync(join(folder, "c/0"), { recursive: true });
  writeFileSync(join(folder, "c/0/0"), Buffer.alloc(16, 200));
}

const omeOf = (planes: string, doctype = "", name = "a"): string =>
  `<?xml version="1.0"?>${doctype}<OME><Image Name="${name}"><Pixels DimensionOrder="XYCZT" Type="uint8" SizeX="64" SizeY="64" SizeZ="1" SizeC="1" SizeT="1">${planes}</Pixels></Image></OME>`;

/** Pixels of a bright square. */
const square = Buffer.from(
  Uint8Array.from({ length: 4096 }, (_, at) => (at % 64 > 20 && at % 64 < 40 && at > 1300 && at < 2600 ? 200 : 3)),
);

/** Images that try something and are images all the same: what they try comes to nothing. */
export const trickyImages: readonly { readonly name: string; readonly what: string; write(path: string): void }[] = [
  {
    name: "other file.ome.tif",
    what: "OME-XML that names /etc/passwd as its pixels",
    write(path) {
      const planes =
        '<TiffData IFD="0"><UUID FileName="../../../../../../etc/passwd">urn:uuid:1</UUID></TiffData><BinData>/etc/passwd</BinData>';
      writeFileSync(path, tiffOf(square, [...greyFields(64, 64, 8, 4096), [270, omeOf(planes)]]));
    },
  },
  {
    name: "entity.ome.tif",
    what: "OME-XML with an entity that stands for /etc/passwd, and one that grows",
    write(path) {
      const grows = Array.from({ length: 12 }, (_, at) => `<!ENTITY g${at + 1} "${`&g${at};`.repeat(20)}">`).join("");
      const doctype = `<!DOCTYPE OME [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY g0 "0123456789">${grows}]>`;
      const xml = omeOf('<TiffData IFD="0"/>', doctype, "&x;&g12;");
      writeFileSync(path, tiffOf(square, [...greyFields(64, 64, 8, 4096), [270, xml]]));
    },
  },
  {
    name: "profile.png",
    what: "a PNG whose colour profile becomes 4 GiB",
    write(path) {
      const rows = Buffer.concat(
        Array.from({ length: 64 }, (_, row) => Buffer.concat([Buffer.alloc(1), square.subarray(row * 64, row * 64 + 64)])),
      );
      const profile = Buffer.concat([Buffer.from("a\0\0", "latin1"), zerosDeflated(4 * gib)]);
      writeFileSync(path, pngFile(greyPng(64, 64), deflateSync(rows), [["iCCP", profile]]));
    },
  },
];
