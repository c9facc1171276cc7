import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BasePython, cleanEnvironment, type Settings, type Uv } from "@parfocal/core";
import type { Check } from "./check.ts";

const group = "network";
const name = "package index";

function askIndex(uv: Uv, python: BasePython, settings: Settings, folder: string, signal: AbortSignal): Promise<string | null> {
  const index = settings.index === undefined ? [] : ["--default-index", settings.index];
  const options = {
    cwd: folder,
    env: { ...cleanEnvironment(process.env), UV_NO_CONFIG: "1", UV_CACHE_DIR: join(folder, "cache"), UV_HTTP_RETRIES: "0" },
    timeout: 15_000,
    signal,
  };
  return new Promise((resolve) => {
    const asked = ["pip", "compile", "--quiet", "--no-header", "--python", python.path, ...index, "-"];
    const child = execFile(uv.path, asked, options, (error, _stdout, stderr) => {
      if (error === null) resolve(null);
      else resolve(error.killed ? "no answer within 15 s" : (stderr.trim().split("\n").at(-1)?.trim() ?? error.message));
    });
    child.stdin?.end("pip\n");
  });
}

/** Lets uv ask its package index for one small package's metadata, just as it will when it builds an environment. */
export async function networkChecks(
  { uv, python }: { readonly uv: Uv | null; readonly python: BasePython | null },
  settings: Settings,
  signal: AbortSignal,
): Promise<Check[]> {
  if (settings.offline) return [{ group, name, status: "ok", found: "not asked: offline" }];
  if (uv === null || python === null) return [{ group, name, status: "ok", found: "not asked: that takes uv and Python" }];
  const folder = await mkdtemp(join(tmpdir(), "parfocal-doctor-"));
  try {
    const problem = await askIndex(uv, python, settings, folder, signal);
    if (problem === null) return [{ group, name, status: "ok", found: "answers" }];
    const isTls = /certificate|UnknownIssuer|tls|ssl/i.test(problem);
    const remedy = isTls
      ? "a proxy may be inspecting traffic: set SSL_CERT_FILE to its certificate, or UV_SYSTEM_CERTS=1"
      : "check HTTPS_PROXY, or set PARFOCAL_WHEELHOUSE to a folder of wheels and PARFOCAL_OFFLINE=1";
    return [{ group, name, status: "warning", found: `uv cannot reach it: ${problem}`, remedy }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
