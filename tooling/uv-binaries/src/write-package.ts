import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unzipSync } from "fflate";
import type { PlatformPackage } from "./platform-packages.ts";

function readme({ manifest: { name, version }, platform, wheel }: PlatformPackage): string {
  return `# ${name}

[uv](https://docs.astral.sh/uv/) ${version} for ${platform}, unchanged: the program out of \`${wheel.file}\`
(sha256 \`${wheel.sha256}\`).

\`@parfocal/core\` names this package as an optional dependency and builds Python environments with it. There is nothing to import, no install
script, and no command is put on PATH. The version is uv's.

uv is under the MIT licence or the Apache licence 2.0, as you choose; both texts are in this package.
`;
}

/**
 * Writes the folder of one platform package, ready to be packed: manifest, README, uv's licences and the program out of its wheel.
 * @param wheel content of the wheel
 * @throws Error when the wheel holds no program or no licence.
 */
export async function writePackage(description: PlatformPackage, wheel: Uint8Array, folder: string): Promise<void> {
  const { manifest, program, wheel: about } = description;
  const entries = Object.entries(
    unzipSync(wheel, {
      filter: ({ name }) => name.endsWith(`.data/scripts/${basename(program)}`) || /\/LICENSE-(MIT|APACHE)$/.test(name),
    }),
  );
  const files = new Map(entries.map(([name, content]) => [basename(name), content]));
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, dirname(program)), { recursive: true });
  for (const path of [program, "LICENSE-MIT", "LICENSE-APACHE"]) {
    const content = files.get(basename(path));
    if (content === undefined) throw new Error(`${about.file} holds no ${basename(path)}`);
    await writeFile(join(folder, path), content);
  }
  await chmod(join(folder, program), 0o755);
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, "README.md"), readme(description));
}
