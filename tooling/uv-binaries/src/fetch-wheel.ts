import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type UvWheel, uvVersion } from "../../../packages/core/src/environment/uv-release.ts";

/** Platform tags at the end of a wheel's name, as pip's `--platform` takes them. */
function platformTags(file: string): string[] {
  return (
    file
      .replace(/\.whl$/, "")
      .split("-")
      .at(-1) ?? ""
  ).split(".");
}

/**
 * Lets pip fetch a wheel of uv from wherever it fetches packages (`PIP_*` variables and pip's configuration count), and check its hash.
 * @returns content of the wheel
 * @throws Error with pip's own words: no pip, not to be had, or another hash than the pinned one.
 */
export async function fetchWheel({ file, sha256 }: UvWheel): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "parfocal-uv-wheel-"));
  try {
    const requirements = join(folder, "uv.txt");
    await writeFile(requirements, `uv==${uvVersion} --hash=sha256:${sha256}\n`);
    const python = process.platform === "win32" ? "python" : "python3";
    const result = await execa(
      python,
      [
        ...["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"],
        ...["--disable-pip-version-check", "--no-cache-dir", "--progress-bar", "off"],
        ...platformTags(file).flatMap((tag) => ["--platform", tag]),
        ...["-d", folder, "-r", requirements],
      ],
      { reject: false },
    );
    if (result.exitCode !== 0) throw new Error(`pip could not fetch ${file}: ${result.stderr || result.shortMessage}`);
    return await readFile(join(folder, file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
