import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { findZipDirectory, readZipEntries, readZipFile } from "./zip.ts";

/** One entry, compressed; the smallest archive there can be. */
function archiveOf(name: string, text: string): Buffer {
  const data = deflateRawSync(Buffer.from(text));
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(text.length, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, entry, end]);
}

test("a file is read out of an archive", () => {
  const archive = archiveOf("uv.data/scripts/uv", "hello hello hello");
  const directory = findZipDirectory(archive);
  expect(directory).not.toBeNull();
  expect(readZipEntries(archive.subarray(directory!.offset))).toMatchObject([
    { name: "uv.data/scripts/uv", bytes: 17, method: 8 },
  ]);
  expect(readZipFile(archive, (name) => name.endsWith("/uv"))?.toString()).toBe("hello hello hello");
  expect(readZipFile(archive, () => false)).toBeNull();
});

test("what is no archive is said to be none", () => {
  expect(findZipDirectory(Buffer.alloc(100))).toBeNull();
  expect(readZipFile(Buffer.from("PK"), () => true)).toBeNull();
  expect(readZipFile(archiveOf("a", "text").subarray(0, -10), () => true)).toBeNull();
});
