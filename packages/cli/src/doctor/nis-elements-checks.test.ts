import type { HostView } from "@parfocal/nis-elements";
import { describe, expect, it } from "vitest";
import { nisElementsChecks } from "./nis-elements-checks.ts";

const root = "C:\\Program Files\\NIS-Elements";
const python = ["pythonw.exe", "python312.dll"];

function pc(version: string | null, { limnode = "", numpy = "numpy-1.26.4.dist-info", files = python } = {}): HostView {
  return {
    platform: "win32",
    environment: {},
    list(folder) {
      if (folder === `${root}\\Python`) return files;
      return folder.endsWith("site-packages") ? [numpy] : [];
    },
    read: () => limnode || null,
    installedPrograms: () => Promise.resolve([{ name: "NIS-Elements AR", version, folder: root }]),
  };
}

const said = async (host: HostView) =>
  (await nisElementsChecks(host)).map(({ status, name, found, remedy }) =>
    [status, name, found, ...(remedy ? [remedy] : [])].join(": "),
  );

describe("nisElementsChecks", () => {
  it("is content with a whole installation", async () => {
    expect(await said(pc("7.10.0", { limnode: "programPass" }))).toEqual([
      `ok: version: 7.10.0 at ${root}`,
      `ok: its Python: 3.12 with numpy 1.26.4 in ${root}\\Python`,
      "ok: managed Pythons: none",
    ]);
  });

  it("warns of 6.20 as delivered, and of older ones", async () => {
    expect(await said(pc("6.20.2039", { limnode: "class RunContext" }))).toContain(
      'warning: limnode: as delivered: tables written out of process are lost: leave "Run out of process" off in nodes with a table, or install the fixed files of Laboratory Imaging',
    );
    expect((await said(pc("6.10.1", { limnode: "programPass" })))[0]).toMatch(/^warning: version: 6\.10\.1 .*6\.20 and newer/);
    expect((await said(pc(null, { limnode: "programPass" })))[0]).toBe(`ok: version: not listed by Windows; at ${root}`);
  });

  it("names what is missing", async () => {
    expect(await said(pc("6.20", { files: [] }))).toContainEqual(expect.stringMatching(/^error: its Python: none in /));
    expect(await said(pc("6.20", { numpy: "x", limnode: "programPass" }))).toContainEqual(
      expect.stringMatching(/^error: its Python: 3\.12 with no numpy/),
    );
    expect(await said(pc("6.20"))).toContainEqual(expect.stringMatching(/^error: limnode: no limnode\.py in /));
    expect(await said({ ...pc(null), installedPrograms: () => Promise.resolve([]) })).toEqual([
      expect.stringMatching(/^warning: program: neither among the installed programs/),
    ]);
  });
});
