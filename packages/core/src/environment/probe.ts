import { z } from "zod";
import { cleanEnvironment } from "./clean-environment.ts";
import { runTool, type ToolRun } from "./run-tool.ts";

const answer = z.strictObject({ python: z.string(), versions: z.record(z.string(), z.string()) });

const program = `
import importlib, importlib.metadata, json, platform, sys
protocol, sys.stdout = sys.stdout, sys.stderr
packages = importlib.metadata.packages_distributions()
versions = {}
for name in json.loads(sys.argv[1]):
    module = importlib.import_module(name)
    version = getattr(module, "__version__", None)
    if not isinstance(version, str):
        owners = packages.get(name.partition(".")[0], [])
        version = importlib.metadata.version(owners[0]) if owners else "unknown"
    versions[name] = version
print(json.dumps({"python": platform.python_version(), "versions": versions}), file=protocol)
`;

export type Probe =
  | { readonly ok: true; readonly python: string; readonly versions: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly run: ToolRun };

/** Imports what an environment promises, in its own interpreter, and reports the versions. */
export async function probeEnvironment(
  python: string,
  imports: readonly string[],
  options: { readonly signal?: AbortSignal | undefined; readonly log?: (chunk: Buffer) => void },
): Promise<Probe> {
  const run = await runTool(python, ["-I", "-X", "utf8", "-c", program, JSON.stringify(imports)], {
    environment: cleanEnvironment(process.env),
    timeoutMs: 600_000,
    signal: options.signal,
    ...(options.log && { log: options.log }),
  });
  if (run.exitCode !== 0) return { ok: false, run };
  try {
    const { python: version, versions } = answer.parse(JSON.parse(run.stdout.trim().split("\n").at(-1) ?? ""));
    return { ok: true, python: version, versions };
  } catch {
    return { ok: false, run };
  }
}
