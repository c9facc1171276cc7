import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";

/** A file of an environment that is not as its package was installed. */
export interface DamagedFile {
  /** Package that it belongs to, as its folder names it: "numpy", "scikit_image". */
  readonly package: string;
  /** Relative to site-packages. */
  readonly file: string;
  readonly problem: "missing" | "another size" | "other contents";
}

/** A line of RECORD: path, hash and size; a path with a comma is quoted. */
const rowPattern = /^(?:"((?:[^"]|"")+)"|([^,]+)),(?:sha256=([\w-]+))?[^,]*,(\d*)$/;

/**
 * Compares the files of an environment with what its packages say of themselves: whether they are there, and their sizes. That takes some
 * milliseconds per thousand files, so that starting a worker does without; a damaged environment is removed and built anew.
 *
 * @param options.contents also hash every file, which reads all of the environment
 */
export async function verifyEnvironment(
  environment: Pick<Environment, "sitePackages">,
  options: { readonly contents?: boolean } = {},
): Promise<DamagedFile[]> {
  const { sitePackages } = environment;
  const damaged: DamagedFile[] = [];
  const packages = (await readdir(sitePackages)).filter((name) => name.endsWith(".dist-info"));
  for (const folder of packages) {
    const name = folder.replace(/-[^-]*\.dist-info$/, "");
    const text = await readFile(join(sitePackages, folder, "RECORD"), "utf8").catch(() => null);
    if (text === null) damaged.push({ package: name, file: `${folder}/RECORD`, problem: "missing" });
    for (const row of text?.split(/\r?\n/) ?? []) {
      const match = rowPattern.exec(row);
      const file = match?.[1]?.replaceAll('""', '"') ?? match?.[2];
      if (file === undefined || file.endsWith(".pyc")) continue;
      const wanted = { sha256: options.contents ? match?.[3] : undefined, bytes: match?.[4] ? Number(match[4]) : undefined };
      const problem = await problemOf(join(sitePackages, file), wanted);
      if (problem !== null) damaged.push({ package: name, file, problem });
    }
  }
  return damaged;
}

async function problemOf(
  path: string,
  wanted: { readonly sha256: string | undefined; readonly bytes: number | undefined },
): Promise<DamagedFile["problem"] | null> {
  const size = await stat(path).then(
    (info) => info.size,
    () => null,
  );
  if (size === null) return "missing";
  if (wanted.bytes !== undefined && size !== wanted.bytes) return "another size";
  if (wanted.sha256 === undefined) return null;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("base64url") === wanted.sha256 ? null : "other contents";
}
