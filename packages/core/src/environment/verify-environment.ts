import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";

/** A file of an environment that is not as its package was installed. */
export interface DamagedFile {
  /** Relative to site-packages. */
  readonly file: string;
  readonly problem: "missing" | "another size";
}

/**
 * Compares the files of an environment with what its packages say of themselves: whether they are there, and their sizes. That takes some
 * milliseconds per thousand files, so that starting a worker does without; a damaged environment is removed and built anew.
 */
export async function verifyEnvironment(environment: Pick<Environment, "sitePackages">): Promise<DamagedFile[]> {
  const { sitePackages } = environment;
  const damaged: DamagedFile[] = [];
  const packages = (await readdir(sitePackages)).filter((name) => name.endsWith(".dist-info"));
  for (const name of packages) {
    const record = join(sitePackages, name, "RECORD");
    const text = await readFile(record, "utf8").catch(() => null);
    if (text === null) damaged.push({ file: `${name}/RECORD`, problem: "missing" });
    for (const row of text?.split(/\r?\n/) ?? []) {
      // path,hash,size; a path with a comma is quoted
      const match = /^(?:"((?:[^"]|"")+)"|([^,]+)),[^,]*,(\d*)$/.exec(row);
      const file = match?.[1]?.replaceAll('""', '"') ?? match?.[2];
      if (file === undefined || file.endsWith(".pyc")) continue;
      const size = await stat(join(sitePackages, file)).then(
        (info) => info.size,
        () => null,
      );
      if (size === null) damaged.push({ file, problem: "missing" });
      else if (match?.[3] && size !== Number(match[3])) damaged.push({ file, problem: "another size" });
    }
  }
  return damaged;
}
