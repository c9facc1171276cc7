import { platformKey } from "./platform.ts";

interface NodeReport {
  readonly header?: { readonly glibcVersionRuntime?: string };
}

/** C library of a running Node on Linux: its report names a version of glibc only where it runs on that. */
function hasGlibc(): boolean {
  if (!process.report) return true;
  // else the report would look up the name of every connection's other end
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as NodeReport;
  return report.header?.glibcVersionRuntime !== undefined;
}

/** The platform as the packages of uv name it: {@link platformKey}, with "-musl" on Linux without glibc, for example Alpine. */
export function uvPlatform(
  platform: string = process.platform,
  architecture: string = process.arch,
  glibc: () => boolean = hasGlibc,
): string {
  const key = platformKey(platform, architecture);
  return platform === "linux" && !glibc() ? `${key}-musl` : key;
}
