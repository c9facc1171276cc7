import type { ParfocalEvent } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { createEventReporter } from "./event-reporter.ts";
import { createProgress } from "./progress.ts";
import { createTerminal } from "./terminal.ts";

type Progress = Omit<Extract<ParfocalEvent, { type: "env-build-progress" }>, "type" | "module">;

function build(isTTY: boolean): string {
  let written = "";
  const stderr = { write: (text: string) => (written += text), isTTY, columns: 100 };
  const terminal = createTerminal({ stdout: stderr, stderr, variables: {}, color: false });
  let now = 0;
  const progress = createProgress(terminal, { nowMs: () => (now += 1000) });
  const report = createEventReporter(progress, terminal.errStyle);
  const say = (event: Progress): void => report({ type: "env-build-progress", module: "stardist", ...event });
  const start = { downloadBytes: 181_000_000, installedBytes: 553_000_000, freeBytes: 61e9 };
  report({ type: "env-build-start", module: "stardist", version: "1.0.0", folder: "/home/me/e/1f3a", ...start });
  say({ phase: "uv", message: "found /usr/bin/uv (0.13.9)" });
  say({ phase: "python", message: "found /usr/bin/python3.11 (3.11.7)" });
  say({ phase: "venv", message: "making the environment" });
  say({ phase: "download", message: "downloading", package: "scipy", bytes: 60e6, totalBytes: 180e6, etaMs: 8000 });
  say({ phase: "install", message: "installed 31 packages" });
  say({ phase: "compile", message: "compiling bytecode" });
  say({ phase: "probe", message: "numpy 2.4.6 imports" });
  report({ type: "env-build-end", module: "stardist", folder: "/home/me/e/1f3a", elapsedMs: 161_000, phasesMs: {} });
  return written.replaceAll(/\d\.\d\d s/g, "0.00 s");
}

function fetchWeights(isTTY: boolean): string {
  let written = "";
  const stderr = { write: (text: string) => (written += text), isTTY, columns: 100 };
  const terminal = createTerminal({ stdout: stderr, stderr, variables: {}, color: false });
  let now = 0;
  const report = createEventReporter(createProgress(terminal, { nowMs: () => (now += 1000) }), terminal.errStyle);
  const about = { module: "cellpose", set: "cyto3" };
  const file = { name: "net", url: "https://weights.example/models/net", bytes: 26_000_000 };
  const licence = { code: "MIT", weights: "CC-BY-4.0", trainingData: "CC-BY-NC-4.0", redistribution: "no" } as const;
  const problem = "it has 5 bytes, must have 26000000";
  const files = [{ ...file, problem }];
  report({ type: "weights-start", ...about, files, bytes: file.bytes, folder: "/home/me/weights", licence });
  const done = { file: "net", message: "downloading", bytes: 13e6, totalBytes: 26e6, etaMs: 8000 };
  report({ type: "weights-progress", ...about, ...done });
  const fetched = { name: "net", path: "/home/me/weights/net", sha256: "ab12", bytes: file.bytes, recorded: true };
  report({ type: "weights-end", ...about, files: [fetched], elapsedMs: 12_300 });
  return written;
}

describe("createEventReporter", () => {
  it("says size and place first, then one line for each step", () => {
    expect(build(false)).toMatchInlineSnapshot(`
      "stardist 1.0.0  first run: setting up its Python environment (once)
        where   /home/me/e/1f3a
                downloads up to 181 MB, needs 553 MB on disk, 61 GB free
        1/5 uv        found /usr/bin/uv (0.13.9)  0.00 s
        2/5 Python    found /usr/bin/python3.11 (3.11.7)  0.00 s
        3/5 packages  installed 31 packages  0.00 s
        4/5 compile   compiling bytecode  0.00 s
        5/5 check     numpy 2.4.6 imports  0.00 s
      ready in 2 min 41 s; the next run starts at once
      "
    `);
  });

  it("shows how far the download is on a terminal", () => {
    expect(build(true)).toContain("3/5 packages  ████░░░░░░░░ 60 MB of 180 MB eta 8 s scipy");
  });

  it("says licences and places of weights before they are fetched, and what was wrong with those that were here", () => {
    expect(fetchWeights(false)).toMatchInlineSnapshot(`
      "cellpose weights cyto3  fetching 26 MB from weights.example (once)
        where   /home/me/weights
        licence code: MIT; weights: CC-BY-4.0; training data: CC-BY-NC-4.0; must not be passed on
        net is damaged: it has 5 bytes, must have 26000000
        recorded net: sha256 ab12; later downloads must equal it
      fetched cyto3 in 12.3 s
      "
    `);
    expect(fetchWeights(true)).toContain("  net ██████░░░░░░ 13 MB of 26 MB eta 8 s downloading");
  });
});
