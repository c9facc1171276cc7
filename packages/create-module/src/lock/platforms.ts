import type { Accelerator } from "@parfocal/core";

/** A platform that locks are written for. */
export interface LockPlatform {
  /** As core's `platformKey()` says it. */
  readonly key: string;
  /** uv's name of it. */
  readonly uvName: string;
  /** Marker that holds there and nowhere else. */
  readonly marker: string;
  /** What the platform tag of a wheel may look like there. */
  readonly tag: RegExp;
}

const marker = (system: string, machine: string): string => `sys_platform == '${system}' and platform_machine == '${machine}'`;

export const lockPlatforms: readonly LockPlatform[] = [
  { key: "linux-x64", uvName: "x86_64-manylinux_2_28", marker: marker("linux", "x86_64"), tag: /^(many|musl)?linux.*_x86_64$/ },
  {
    key: "linux-arm64",
    uvName: "aarch64-manylinux_2_28",
    marker: marker("linux", "aarch64"),
    tag: /^(many|musl)?linux.*_aarch64$/,
  },
  {
    key: "darwin-arm64",
    uvName: "aarch64-apple-darwin",
    marker: marker("darwin", "arm64"),
    tag: /^macosx_.*_(arm64|universal2)$/,
  },
  {
    key: "darwin-x64",
    uvName: "x86_64-apple-darwin",
    marker: marker("darwin", "x86_64"),
    tag: /^macosx_.*_(x86_64|universal2|intel)$/,
  },
  { key: "win32-x64", uvName: "x86_64-pc-windows-msvc", marker: marker("win32", "AMD64"), tag: /^win_amd64$/ },
];

const limits: Readonly<Record<Accelerator, RegExp>> = { cpu: /./, cuda: /^(linux|win32)-/, directml: /^win32-/ };

/** Platforms on which an accelerator can exist at all. */
export function platformsOf(accelerator: Accelerator): LockPlatform[] {
  return lockPlatforms.filter(({ key }) => limits[accelerator].test(key));
}
