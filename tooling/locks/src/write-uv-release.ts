/**
 * Writes core's table of the pinned uv: `node tooling/locks/src/write-uv-release.ts VERSION`. Every wheel is fetched with pip, and its size and
 * sha256 are taken from the file.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const wheelPlatforms = {
  "linux-x64": "manylinux_2_17_x86_64",
  "linux-arm64": "manylinux_2_17_aarch64",
  "linux-x64-musl": "musllinux_1_1_x86_64",
  "linux-arm64-musl": "musllinux_1_1_aarch64",
  "darwin-x64": "macosx_10_12_x86_64",
  "darwin-arm64": "macosx_11_0_arm64",
  "win32-x64": "win_amd64",
  "win32-arm64": "win_arm64",
} as const;

function fetchWheel(version: string, platform: string): { file: string; bytes: number; sha256: string } {
  const folder = mkdtempSync(join(tmpdir(), "uv-wheel-"));
  try {
    const args = [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--only-binary",
      ":all:",
      "--platform",
      platform,
      "-d",
      folder,
    ];
    execFileSync("python3", [...args, `uv==${version}`], { stdio: ["ignore", "inherit", "inherit"] });
    const [file] = readdirSync(folder);
    if (!file) throw new Error(`pip fetched nothing for ${platform}`);
    const content = readFileSync(join(folder, file));
    return { file, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const version = process.argv[2];
if (!version) throw new Error("give the version of uv, for example 0.13.9");
const rows = Object.entries(wheelPlatforms).map(([platform, tag]) => {
  const { file, bytes, sha256 } = fetchWheel(version, tag);
  return `  "${platform}": {\n    file: "${file}",\n    bytes: ${bytes.toLocaleString("en").replaceAll(",", "_")},\n    sha256: "${sha256}",\n  },\n`;
});
const target = new URL("../../../packages/core/src/environment/uv-release.ts", import.meta.url);
writeFileSync(
  target,
  `/** Version of uv that environments are built and tested with. Written by tooling/locks/src/write-uv-release.ts. */
export const uvVersion = "${version}";

export interface UvWheel {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The wheel of that version for each platform. */
export const uvWheels: Readonly<Record<string, UvWheel>> = {
${rows.join("")}};
`,
);
