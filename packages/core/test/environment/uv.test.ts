import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { readSettings } from "../../src/environment/settings.ts";
import { findUv } from "../../src/environment/uv.ts";
import { uvVersion } from "../../src/environment/uv-release.ts";
import { serveIndex } from "../fixtures/uv/index-server.ts";
import { writeProgram } from "../fixtures/uv/program.ts";
import { realTools } from "../fixtures/uv/tools.ts";
import { writeToyWheel } from "../fixtures/uv/toy-wheel.ts";

function emptyPlace() {
  const root = mkdtempSync(join(tmpdir(), "pf-uv-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  const settings = readSettings({ home: join(root, "home"), offline: true, wheelhouse: [] });
  return { root, bin, settings: { ...settings, wheelhouse: [] }, environment: { PATH: bin } };
}

describe("finding uv", () => {
  test("takes the one that is set, and nothing else", async () => {
    const { bin, settings, environment } = emptyPlace();
    const uv = writeProgram(join(bin, "my uv"), "echo 'uv 0.99.1 (abc 2026-01-01)'");
    expect(await findUv({ ...settings, uv }, { environment })).toEqual({ path: uv, version: "0.99.1", source: "setting" });
    await expect(findUv({ ...settings, uv: join(bin, "none") }, { environment })).rejects.toMatchObject({
      code: "ENV_UV_NOT_FOUND",
      message: expect.stringContaining("the uv that is set cannot be used"),
      hint: expect.stringContaining("PARFOCAL_UV"),
      details: { places: [{ place: `setting ${join(bin, "none")}`, found: "does not exist" }] },
    });
  });

  test("takes one on PATH that is in the tested range", async () => {
    const { bin, settings, environment } = emptyPlace();
    const uv = writeProgram(join(bin, "uv"), "echo 'uv 0.12.5'");
    expect(await findUv(settings, { environment })).toEqual({ path: uv, version: "0.12.5", source: "PATH" });
  });

  test("names every place where it looked, and what was there", async () => {
    const { root, bin, settings } = emptyPlace();
    const old = join(root, "old");
    const other = join(root, "other");
    writeProgram(join(old, "uv"), "echo 'uv 0.4.30 (1234 2024-11-04)'");
    writeProgram(join(other, "uv"), "echo 'valid UTF-8: no'; exit 1");
    const environment = { PATH: [old, other, bin].join(delimiter) };
    const error = await findUv(settings, { environment }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "ENV_UV_NOT_FOUND",
      hint: expect.stringMatching(/--omit=optional, so that npm brings @parfocal\/uv-.*pip install uv==.*PARFOCAL_UV/),
      details: {
        places: [
          { place: expect.stringMatching(/^npm package @parfocal\/uv-/), found: "not installed" },
          { place: `private copy ${join(settings.home, "uv", uvVersion, "uv")}`, found: "does not exist" },
          { place: `PATH ${join(old, "uv")}`, found: "uv 0.4.30, outside the tested range 0.11 to 0.13" },
          { place: `PATH ${join(other, "uv")}`, found: 'is another program: `--version` printed "valid UTF-8: no"' },
          { place: "pip", found: "no Python on PATH to run it" },
        ],
      },
    });
    expect((error as Error).message).toContain(`PATH ${join(old, "uv")}: uv 0.4.30`);
    fault(
      "Environments",
      "no uv, a too old one, and another program of that name",
      "an error that names each place and what was there",
    );
  });

  test("skips the uv of an active virtual environment", async () => {
    const { root, settings } = emptyPlace();
    const host = join(root, "host");
    writeProgram(join(host, "bin", "uv"), "echo 'uv 0.13.9'");
    const environment = { PATH: join(host, "bin"), VIRTUAL_ENV: host };
    await expect(findUv(settings, { environment })).rejects.toMatchObject({ code: "ENV_UV_NOT_FOUND" });
  });

  test("asks a program for its version once, until it changes", async () => {
    const { root, bin, settings, environment } = emptyPlace();
    const uv = join(bin, "uv");
    writeProgram(uv, `echo x >> '${join(root, "asked")}'; echo 'uv 0.13.1'`);
    await findUv(settings, { environment });
    await findUv(settings, { environment });
    expect(readFileSync(join(root, "asked"), "utf8")).toBe("x\n");
    writeProgram(uv, "echo 'uv 0.13.22'");
    expect(await findUv(settings, { environment })).toMatchObject({ version: "0.13.22" });
  });
});

describe("fetching uv with pip", () => {
  test("gets the pinned wheel by hash, and finds it in the private folder next time", async () => {
    const { bin, settings } = emptyPlace();
    const { python } = await realTools();
    const online = readSettings({ home: settings.home });
    symlinkSync(python, join(bin, "python3"));
    const environment = { ...process.env, PATH: [bin, dirname(python)].join(delimiter), VIRTUAL_ENV: "", CONDA_PREFIX: "" };
    const messages: string[] = [];
    const uv = await findUv(online, { environment, onMessage: (message) => messages.push(message) });
    expect(uv).toEqual({ path: join(settings.home, "uv", uvVersion, "uv"), version: uvVersion, source: "pip" });
    expect(messages).toEqual([`fetching uv ${uvVersion} with pip`]);
    expect((await execa(uv.path, ["--version"])).stdout).toContain(uvVersion);
    expect(await findUv(settings, { environment: { PATH: bin } })).toMatchObject({ path: uv.path, source: "private copy" });
  });

  test("refuses another file under the wheel's name", async () => {
    const { root, bin, settings } = emptyPlace();
    const { python } = await realTools();
    symlinkSync(python, join(bin, "python3"));
    const folder = join(root, "wheels");
    mkdirSync(folder);
    writeToyWheel(folder, { name: "uv", version: uvVersion });
    const index = await serveIndex(folder);
    const error = await findUv({ ...settings, offline: false, index: index.url }, { environment: { PATH: bin } }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "ENV_UV_NOT_FOUND" });
    expect(index.requests.length).toBeGreaterThan(0);
    expect(existsSync(join(settings.home, "uv", uvVersion, "uv"))).toBe(false);
    expect((error as Error).message).toMatch(/pip of .+python3: .*(hash|HASH|match)/i);
  });
});
