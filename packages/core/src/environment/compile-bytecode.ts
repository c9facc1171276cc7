import { cleanEnvironment } from "./clean-environment.ts";
import { runTool } from "./run-tool.ts";

/** Tests are a third of the files and are never imported. */
const skipped = String.raw`[/\\]tests?[/\\]`;

/**
 * Compiles the installed packages, so that the first start of a worker is not the slow one. Files that do not compile, such as templates,
 * are left to fail where they are imported.
 */
export async function compileBytecode(
  python: string,
  sitePackages: string,
  options: { readonly signal?: AbortSignal | undefined; readonly log?: (chunk: Buffer) => void },
): Promise<void> {
  await runTool(python, ["-I", "-m", "compileall", "-q", "-j", "0", "-x", skipped, sitePackages], {
    environment: cleanEnvironment(process.env),
    signal: options.signal,
    timeoutMs: 1_800_000,
    ...(options.log && { log: options.log }),
  });
}
