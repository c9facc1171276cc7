import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "../create/item.ts";
import { writeZip } from "../create/write-zip.ts";
import { manifestName } from "../manifest.ts";
import { checkBundle } from "./check-bundle.ts";
import { openBundle } from "./open-bundle.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parfocal zip "));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const emptyManifest = {
  bundleVersion: 1,
  parfocal: "1.0.0",
  platform: "linux-x64",
  accelerator: "cpu",
  node: "24.0.0",
  uv: "0.0.0",
  modules: [],
  pythons: {},
  environmentBytes: null,
  links: [],
};

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** A bundle with these files, whose list of contents says these things of them. */
async function bundleOf(name: string, content: Buffer, said: { bytes?: number; sha256?: string } = {}): Promise<string> {
  const source = join(folder, `${name}.bin`);
  writeFileSync(source, content);
  const files = [{ path: "app/big", bytes: content.length, sha256: sha256(content), ...said }];
  const items: Item[] = [
    { path: manifestName, from: { text: JSON.stringify({ ...emptyManifest, files }) } },
    { path: "app/big", from: { file: source } },
  ];
  const zip = join(folder, `${name}.zip`);
  await writeZip(zip, items);
  return zip;
}

async function check(zip: string): Promise<string> {
  const bundle = await openBundle(zip);
  try {
    await checkBundle(bundle, {});
    return "whole";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await bundle.close();
  }
}

/** Writes another uncompressed size for `app/big` into the zip's directory, as somebody does who hides a bomb. */
function saySize(zip: string, bytes: number): void {
  const content = readFileSync(zip);
  const entry = content.lastIndexOf(Buffer.from("app/big")) - 46;
  expect(content.readUInt32LE(entry)).toBe(0x02014b50);
  content.writeUInt32LE(bytes, entry + 24);
  writeFileSync(zip, content);
}

const zeros = Buffer.alloc(2 ** 24);

describe("a zip that unpacks to far more than it has", () => {
  test("is read in bounded memory when it says so", async () => {
    const zip = await bundleOf("honest", Buffer.alloc(2 ** 28));
    expect(statSync(zip).size).toBeLessThan(2 ** 22);
    const before = process.memoryUsage.rss();
    expect(await check(zip)).toBe("whole");
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 27);
  });

  test("is refused where it says less than the list of contents", async () => {
    const zip = await bundleOf("short", zeros);
    saySize(zip, 1000);
    expect(await check(zip)).toContain(`app/big has 1000 bytes, must have ${zeros.length}`);
  });

  test("is refused at the byte after those that both say", async () => {
    const zip = await bundleOf("both", zeros, { bytes: 1000, sha256: sha256(zeros.subarray(0, 1000)) });
    saySize(zip, 1000);
    expect(await check(zip)).toMatch(/app\/big cannot be read: too many bytes in the stream/);
  });

  test("is refused with a list of contents that is one", async () => {
    const zip = join(folder, "list.zip");
    await writeZip(zip, [{ path: manifestName, from: { text: " ".repeat(65 * 2 ** 20) } }]);
    await expect(openBundle(zip)).rejects.toThrow("its bundle.json is too large");
  });
});

test("a file that was changed is refused", async () => {
  const zip = await bundleOf("hash", Buffer.from("abc"), { sha256: sha256(Buffer.from("abd")) });
  expect(await check(zip)).toContain("app/big was changed");
});

test("a file that is not listed is refused", async () => {
  const zip = join(folder, "hidden.zip");
  await writeZip(zip, [
    { path: manifestName, from: { text: JSON.stringify({ ...emptyManifest, files: [] }) } },
    { path: "app/evil.js", from: { text: "1" } },
  ]);
  await expect(openBundle(zip)).rejects.toThrow("it holds app/evil.js, which its list of contents does not name");
});
