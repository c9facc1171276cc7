import { type UvWheel, uvVersion, uvWheels } from "../../../packages/core/src/environment/uv-release.ts";

/** An npm package that holds uv for one platform. */
export interface PlatformPackage {
  /** Such as "linux-x64" or "linux-x64-musl". */
  readonly platform: string;
  readonly wheel: UvWheel;
  /** Path of the program in the package. */
  readonly program: string;
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly os: readonly string[];
    readonly cpu: readonly string[];
    readonly libc?: readonly string[];
    readonly [field: string]: unknown;
  };
}

function describe(platform: string, wheel: UvWheel): PlatformPackage {
  const [os = "", cpu = "", libc = "glibc"] = platform.split("-");
  const program = os === "win32" ? "bin/uv.exe" : "bin/uv";
  return {
    platform,
    wheel,
    program,
    manifest: {
      name: `@parfocal/uv-${platform}`,
      version: uvVersion,
      description: `The program uv ${uvVersion} for ${platform}, which builds the Python environments of Parfocal`,
      license: "MIT OR Apache-2.0",
      type: "module",
      os: [os],
      cpu: [cpu],
      ...(os === "linux" && { libc: [libc] }),
      files: ["bin", "LICENSE-APACHE", "LICENSE-MIT"],
      // a program cannot be started from inside an archive
      preferUnplugged: true,
      publishConfig: { access: "public", executableFiles: [program] },
    },
  };
}

/** One package for every wheel of uv that core pins; their version is uv's. */
export function platformPackages(): PlatformPackage[] {
  return Object.entries(uvWheels).map(([platform, wheel]) => describe(platform, wheel));
}

/** What a published core names as optional dependencies: all of them, at exactly this version. npm installs the one that fits. */
export function uvDependencies(): Record<string, string> {
  return Object.fromEntries(platformPackages().map(({ manifest: { name, version } }) => [name, version]));
}
