import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../main.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function ga3(...rawArguments: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runCli(["ga3", ...rawArguments], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    cwd: import.meta.dirname,
    variables: { PARFOCAL_HOME: "/home/jörg/p", PATH: "/bin" },
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** The error of `parfocal run` for the same arguments, in the words of `ga3 script`. */
async function failure(...given: string[]): Promise<string> {
  const { code, out, err } = await ga3("script", "threshold", ...given);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  return err;
}

describe("parfocal ga3 script", () => {
  it("prints the script with values, paths and settings in it", async () => {
    const { code, out, err } = await ga3(
      "script",
      "threshold",
      "--min-size",
      "4",
      "--method=fixed",
      "--table",
      "--channel",
      "DAPI",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("\nMIN_SIZE = 4\n");
    expect(out).toContain('\nMETHOD = "fixed"\n');
    expect(out).toContain('\nINPUT_CHANNEL = "DAPI"\n');
    expect(out).toContain('    state="/home/j\\u00f6rg/p/daemon/daemon.json",\n');
    expect(out).toContain('    variables={"PARFOCAL_HOME": "/home/j\\u00f6rg/p"},\n');
    expect(out).toContain(`    daemon=[\n        ${JSON.stringify(process.execPath)},\n`);
    expect(out).toMatch(/\n {8}"[^"]*parfocal-daemon\.js",\n {8}"--from",\n/);
    expect(out).toContain("by: parfocal ga3 script threshold --min-size 4");
  });

  it("writes it to a file, or as JSON", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parfocal ga3 ü "));
    folders.push(folder);
    const path = join(folder, "node.py");
    const written = await ga3("script", "threshold", "-o", path);
    expect(written).toEqual({ code: 0, out: `${path}: open it, copy all of it, and follow its first lines\n`, err: "" });
    const { script } = JSON.parse((await ga3("script", "threshold", "--json")).out) as { readonly script: string };
    const withoutHead = (text: string) => text.slice(text.indexOf("\nimport sys"));
    expect(withoutHead(readFileSync(path, "utf8"))).toBe(withoutHead(script));
    expect(await ga3("script", "threshold", "-o", join(folder, "none", "node.py"))).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^error\[OUTPUT_UNWRITABLE\] the script could not be written to .*\n {2}hint {3}name another file with -o\n/,
      ),
    });
  });

  it("refuses what `parfocal run` refuses, in its words", async () => {
    expect(await failure("--min-sise", "4")).toBe(
      "error[PARAMS_INVALID] threshold has no parameter --min-sise\n  hint   did you mean --min-size?\n",
    );
    expect(await failure("--min-size", "few")).toMatch(/--min-size takes a whole number of at least 0, not "few"/);
    expect(await failure("--min-size", "-1")).toMatch(/minSize = -1: must be a whole number of at least 0/);
    expect(await failure("--params", "none.json")).toMatch(/the parameter file .*none\.json cannot be read/);
  });

  it("refuses what no node could do", async () => {
    expect(await failure("--nis", "6.10")).toBe(
      'error[USAGE] --nis takes 6.20 or 7.x, not "6.10"\n  hint   leave it away for 6.20\n',
    );
    expect(await failure("--binary", "uint16")).toContain('--binary takes int32 or uint8, not "uint16"');
    expect(await failure("--user-params")).toContain("NIS-Elements 6.20 has no user parameters\n  hint   add --nis 7.x");
    expect(await failure("image.tif")).toContain("images come from NIS-Elements");
    expect((await ga3("script")).err).toContain("`parfocal ga3 script` needs MODULE");
  });

  it("leaves a name to the module whose parameter it is", async () => {
    const { out } = await ga3("script", "../../../../modules/cellpose", "--channel", "2", "--input-channel", "1");
    expect(out).toContain("\nCHANNEL = 2\n");
    expect(out).toContain("\nINPUT_CHANNEL = 1\n");
  });

  it("shows the module's parameters in its help", async () => {
    const { out } = await ga3("script", "threshold", "--help");
    expect(out).toMatch(/^Parameters of threshold \d+\.\d+\.\d+$/m);
    expect(out).toContain("--min-size NUMBER");
    expect(out).toContain("--user-params");
  });
});

describe("parfocal ga3 doctor", () => {
  it("says that NIS-Elements runs on Windows, and looks at the rest", async () => {
    const { out } = await ga3("doctor", "threshold", "--json");
    const { checks } = JSON.parse(out) as {
      readonly checks: readonly { group: string; name: string; status: string; found: string }[];
    };
    const found = (group: string, name: string) => checks.find((check) => check.group === group && check.name === name);
    if (process.platform !== "win32")
      expect(found("NIS-Elements", "program")).toMatchObject({ status: "ok", found: expect.stringContaining("Windows only") });
    expect(found("node", "client")).toMatchObject({ status: "ok", found: expect.stringMatching(/parfocal_ga3/) });
    expect(found("node", "Node")).toMatchObject({ status: "ok", found: process.execPath });
    expect(found("node", "settings")!.found).toContain("PARFOCAL_HOME");
    expect(found("modules", "threshold environment")).toBeDefined();
    expect(new Set(checks.map(({ group }) => group))).toEqual(new Set(["NIS-Elements", "node", "system", "tools", "modules"]));
  });

  it("knows no module that is not there", async () => {
    expect((await ga3("doctor", "starddist")).err).toContain("error[MODULE_NOT_FOUND]");
  });
});
