import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ParfocalError, uvVersion } from "@parfocal/core";
import { openPromise } from "yauzl";
import type { Target } from "../targets.ts";
import type { Item } from "./item.ts";

/** uv out of its wheel, as the npm package in which core looks for it first. */
export async function uvItems(wheel: string, target: Target, scratch: string): Promise<Item[]> {
  const program = target.os === "win32" ? "uv.exe" : "uv";
  const name = `@parfocal/uv-${target.key}`;
  const place = join(scratch, program);
  await mkdir(scratch, { recursive: true });
  const archive = await openPromise(wheel, { lazyEntries: true });
  let found = false;
  try {
    for await (const entry of archive.eachEntry()) {
      if (!entry.fileName.endsWith(`.data/scripts/${program}`)) continue;
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(place));
      found = true;
    }
  } finally {
    archive.close();
  }
  if (!found) throw new ParfocalError("INTERNAL", `${wheel} holds no ${program}`, { hint: "please report this" });
  const manifest = { name, version: uvVersion, license: "MIT OR Apache-2.0", os: [target.os], cpu: [target.cpu] };
  return [
    { path: `app/node_modules/${name}/bin/${program}`, from: { file: place }, executable: true },
    { path: `app/node_modules/${name}/package.json`, from: { text: `${JSON.stringify(manifest, null, 2)}\n` } },
  ];
}
