import { inflateRawSync } from "node:zlib";

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

/** Where the directory of a zip archive lies. */
export interface ZipDirectory {
  readonly offset: number;
  readonly bytes: number;
}

/** Finds the directory from the archive's last bytes (66 kB are always enough); null when they are not the end of a zip archive. */
export function findZipDirectory(tail: Buffer): ZipDirectory | null {
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > tail.length) return null;
  const bytes = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  return offset === 0xffffffff || bytes === 0xffffffff ? null : { offset, bytes };
}

/** Entries of a zip directory. */
export function readZipEntries(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Content of the entry that `matches`, from a whole archive; null when there is none or the archive is damaged. */
export function readZipFile(archive: Buffer, matches: (name: string) => boolean): Buffer | null {
  const directory = findZipDirectory(archive.subarray(-66_000));
  if (!directory) return null;
  const entry = readZipEntries(archive.subarray(directory.offset, directory.offset + directory.bytes)).find(({ name }) =>
    matches(name),
  );
  if (!entry || entry.headerOffset + 30 > archive.length) return null;
  const start =
    entry.headerOffset + 30 + archive.readUInt16LE(entry.headerOffset + 26) + archive.readUInt16LE(entry.headerOffset + 28);
  const data = archive.subarray(start, start + entry.compressedBytes);
  return entry.method === 0 ? data : inflateRawSync(data);
}
