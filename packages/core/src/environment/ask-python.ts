import { existsSync } from "node:fs";
import { z } from "zod";
import type { Settings } from "../contract/environment.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { recallAnswer } from "./found-tools.ts";
import { runTool } from "./run-tool.ts";

const schema = z.strictObject({
  version: z.string(),
  implementation: z.string(),
  base: z.string(),
  conda: z.boolean(),
  missing: z.array(z.string()),
});

/** What an interpreter says of itself; `base` is the real interpreter below shims and virtual environments. */
export type Interpreter = z.infer<typeof schema>;

const question = `
import importlib.util, json, os, platform, sys
base = getattr(sys, "_base_executable", None) or sys.executable
if sys.prefix != sys.base_prefix and not os.path.exists(base):
    base = sys.executable
missing = [name for name in ("ssl", "zlib", "ctypes") if importlib.util.find_spec(name) is None]
for name in ("_ssl", "_ctypes", "zlib"):
    try:
        __import__(name)
    except ImportError as error:
        missing.append(f"{name} ({error})")
print(json.dumps({
    "version": platform.python_version(),
    "implementation": sys.implementation.name,
    "base": os.path.realpath(base) if os.path.basename(os.path.dirname(base)) == "shims" else base,
    "conda": os.path.isdir(os.path.join(sys.base_prefix, "conda-meta")),
    "missing": missing,
}))
`;

/** Asks an interpreter what it is; a string says why it cannot be used. */
export async function askPython(
  path: string,
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Interpreter | string> {
  let problem = "does not exist";
  const ask = async (): Promise<string | null> => {
    const run = await runTool(path, ["-I", "-c", question], {
      environment: cleanEnvironment(environment),
      timeoutMs: 30_000,
      signal,
    });
    const line = run.stdout.trim().split(/\r?\n/).at(-1) ?? "";
    if (run.exitCode === 0 && parse(line)) return line;
    problem =
      run.failure === "not-started"
        ? "does not exist or cannot be started"
        : run.failure === "timeout"
          ? "did not answer within 30 s"
          : `did not answer as Python does: ${(run.tail.at(-1) ?? `exit code ${run.exitCode}`).slice(0, 120)}`;
    return null;
  };
  // A shim may lead elsewhere by now; what it led to is still an interpreter of that version, as long as it is there.
  const answer = await recallAnswer(settings, path, "python", ask);
  const interpreter = answer === null ? null : parse(answer);
  if (interpreter && !existsSync(interpreter.base)) return `its base interpreter ${interpreter.base} does not exist`;
  return interpreter ?? problem;
}

function parse(text: string): Interpreter | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
