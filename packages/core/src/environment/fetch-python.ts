import type { Settings } from "../contract/environment.ts";
import { uvEnvironment } from "./clean-environment.ts";
import { homeFolders } from "./folders.ts";
import { runTool } from "./run-tool.ts";
import type { Uv } from "./uv.ts";

/** Lets uv download an interpreter under our root; null on success, else what went wrong. */
export async function fetchPython(
  settings: Settings,
  minor: string,
  uv: Uv,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const mirror = settings.pythonMirror;
  const run = await runTool(uv.path, ["python", "install", minor, "--install-dir", homeFolders(settings).python, "--no-bin"], {
    environment: {
      ...uvEnvironment(settings, environment),
      UV_PYTHON_DOWNLOADS: "manual",
      ...(mirror !== undefined && {
        [mirror.endsWith(".json") ? "UV_PYTHON_DOWNLOADS_JSON_URL" : "UV_PYTHON_INSTALL_MIRROR"]: mirror,
      }),
    },
    signal,
    stall: { afterMs: 300_000, alive: () => 0 },
  });
  if (run.exitCode === 0) return null;
  const causes = run.tail.filter((line) => /error|cause|mismatch|expected|computed/i.test(line)).map((line) => line.trim());
  const text = causes.length > 0 ? causes.join("; ") : (run.tail.at(-1) ?? run.failureText);
  return `${mirror === undefined ? "" : `from ${mirror}: `}${text.slice(0, 400)}`;
}
