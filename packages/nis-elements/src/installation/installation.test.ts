import { win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { findInstallations } from "./find-installations.ts";
import type { HostView } from "./host-view.ts";
import { parseInstalledPrograms } from "./installed-programs.ts";
import { findManagedEnvironments } from "./managed-environments.ts";

/** A PC that holds these files, by path, and whose list of programs reads so. */
function pc(files: Readonly<Record<string, string>>, registry = "", environment: Record<string, string> = {}): HostView {
  const paths = Object.keys(files).map((path) => win32.normalize(path));
  return {
    platform: "win32",
    environment: { ProgramFiles: "C:\\Program Files", ProgramData: "C:\\ProgramData", USERNAME: "jörg", ...environment },
    list(folder) {
      const start = `${win32.normalize(folder).replace(/\\$/, "").toLowerCase()}\\`;
      const inside = paths
        .filter((path) => path.toLowerCase().startsWith(start))
        .map((path) => path.slice(start.length).split("\\")[0]!);
      return [...new Set(inside)];
    },
    read: (path) =>
      Object.entries(files).find(([name]) => name.toLowerCase() === win32.normalize(path).toLowerCase())?.[1] ?? null,
    installedPrograms: () => Promise.resolve(parseInstalledPrograms(registry)),
  };
}

const registry = [
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{A}",
  "    DisplayName    REG_SZ    NIS-Elements AR 6.20.00",
  "    DisplayVersion    REG_SZ    6.20.2039",
  "    InstallLocation    REG_SZ    D:\\Nikon Tools\\NIS-Elements\\",
  "    EstimatedSize    REG_DWORD    0x123",
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{B}",
  "    DisplayName    REG_SZ    Nikon Firmware",
  "    InstallLocation    REG_SZ    ",
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Part",
  "    SystemComponent    REG_DWORD    0x1",
  "",
].join("\r\n");

const embedded = (root: string, limnode = "class RunContext: ...") => ({
  [`${root}\\Python\\pythonw.exe`]: "",
  [`${root}\\Python\\python3.dll`]: "",
  [`${root}\\Python\\python312.dll`]: "",
  [`${root}\\Python\\Lib\\site-packages\\numpy-1.26.4.dist-info\\METADATA`]: "",
  [`${root}\\Python\\Lib\\site-packages\\limnode.py`]: limnode,
});

describe("parseInstalledPrograms", () => {
  it("reads names, versions and folders; empty ones are none", () => {
    expect(parseInstalledPrograms(registry)).toEqual([
      { name: "NIS-Elements AR 6.20.00", version: "6.20.2039", folder: "D:\\Nikon Tools\\NIS-Elements\\" },
      { name: "Nikon Firmware", version: null, folder: null },
    ]);
    expect(parseInstalledPrograms("")).toEqual([]);
  });
});

describe("findInstallations", () => {
  it("takes what Windows lists, with its version and Python", async () => {
    const root = "D:\\Nikon Tools\\NIS-Elements";
    expect(await findInstallations(pc(embedded(root), registry))).toEqual([
      {
        folder: root,
        version: "6.20.2039",
        python: { folder: `${root}\\Python`, minor: "3.12", numpy: "1.26.4", limnode: "delivered" },
      },
    ]);
  });

  it("looks into Program Files, too, and names no folder twice", async () => {
    const root = "C:\\Program Files\\NIS-Elements";
    const listed = registry.replace("D:\\Nikon Tools\\NIS-Elements\\", "c:\\program files\\NIS-Elements");
    const found = await findInstallations(pc({ ...embedded(root, "programPass"), "C:\\Program Files\\Nero\\x": "" }, listed));
    expect(found).toMatchObject([{ version: "6.20.2039", python: { limnode: "fixed" } }]);
    expect(await findInstallations(pc(embedded(root)))).toMatchObject([{ folder: root, version: null }]);
  });

  it("says when Python, numpy or limnode are missing", async () => {
    const root = "C:\\Program Files\\NIS-Elements";
    expect(await findInstallations(pc({ [`${root}\\nis_ar.exe`]: "" }))).toMatchObject([{ python: null }]);
    expect(await findInstallations(pc({ [`${root}\\Python\\python.exe`]: "" }))).toMatchObject([
      { python: { minor: null, numpy: null, limnode: "missing" } },
    ]);
  });

  it("finds nothing where there is nothing, and asks nothing of another system", async () => {
    expect(await findInstallations(pc({}))).toEqual([]);
    const host: HostView = { ...pc({}), platform: "linux", installedPrograms: () => Promise.reject(new Error("asked")) };
    expect(await findInstallations(host)).toEqual([]);
    expect(findManagedEnvironments(host)).toEqual([]);
  });
});

describe("findManagedEnvironments", () => {
  const python = (folder: string) => ({ [`${folder}\\pythonw.exe`]: "" });
  const lim = "C:\\ProgramData\\Laboratory Imaging";

  it("finds those of the system and of this user, with and without a version", () => {
    const host = pc({
      ...python(`${lim}\\NIS-Elements\\PythonEnvs\\v7.10\\System\\cellpose4`),
      ...python(`${lim}\\NIS-Elements\\PythonEnvs\\v7.10\\Users\\jörg\\mine`),
      ...python(`${lim}\\NIS-Elements\\PythonEnvs\\v7.10\\Users\\somebody\\theirs`),
      ...python(`${lim}\\NIS-Elements\\PythonEnvs\\Users\\jörg\\old`),
      [`${lim}\\NIS-Elements\\PythonEnvs\\v7.10\\System\\half-built\\Lib\\x`]: "",
    });
    expect(findManagedEnvironments(host).map(({ version, name }) => [version, name])).toEqual([
      [null, "old"],
      ["v7.10", "cellpose4"],
      ["v7.10", "mine"],
    ]);
  });

  it("follows the prefix that was set", () => {
    const host = pc(python("E:\\envs\\NIS-Elements\\PythonEnvs\\v7.01\\System\\a"), "", { LIM_PYTHON_ENVS_PREFIX: "E:\\envs" });
    expect(findManagedEnvironments(host)).toMatchObject([{ folder: "E:\\envs\\NIS-Elements\\PythonEnvs\\v7.01\\System\\a" }]);
  });
});
