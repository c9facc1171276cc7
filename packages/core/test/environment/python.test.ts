import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { findPython } from "../../src/environment/python.ts";
import { readSettings } from "../../src/environment/settings.ts";
import { quote, writeProgram } from "../fixtures/uv/program.ts";
import { realTools } from "../fixtures/uv/tools.ts";

async function emptyPlace() {
  const root = mkdtempSync(join(tmpdir(), "pf-py-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  const { uv, python } = await realTools();
  const settings = readSettings({ home: join(root, "home"), offline: true });
  const environment = { PATH: bin, HOME: root } as NodeJS.ProcessEnv;
  return { root, bin, python, settings, environment, uv: { path: uv, version: "0.13.9", source: "setting" } };
}

describe("finding Python", () => {
  test("takes the one that is set, and refuses one of another version", async () => {
    const { settings, python, uv, environment } = await emptyPlace();
    expect(await findPython({ ...settings, python }, "3.11", uv, { environment })).toMatchObject({
      path: python,
      source: "setting",
    });
    await expect(findPython({ ...settings, python }, "3.12", uv, { environment })).rejects.toMatchObject({
      code: "ENV_PYTHON_NOT_FOUND",
      message: expect.stringMatching(
        /^the Python that is set cannot be used: Python 3\.12 is needed\n {2}setting .+: is Python 3\.11\.\d+$/,
      ),
      hint: "correct PARFOCAL_PYTHON, or unset it",
    });
  });

  test("takes one on PATH, and the real one below a link or shim", async () => {
    const { root, settings, python, uv, environment, bin } = await emptyPlace();
    writeProgram(join(bin, "python3.11"), "echo 'python3.11: command not found' >&2; exit 127");
    const shim = writeProgram(join(root, "shims", "python3"), `exec ${quote(python)} "$@"`);
    const found = await findPython(settings, "3.11", uv, { environment: { ...environment, PATH: `${bin}:${dirname(shim)}` } });
    expect(found).toMatchObject({ path: python, source: "system" });
  });

  test("takes the newest of pyenv's that fits", async () => {
    const { root, settings, python, uv, environment } = await emptyPlace();
    const versions = join(root, "pyenv", "versions");
    for (const version of ["3.11.2", "3.11.10", "3.12.1"])
      writeProgram(join(versions, version, "bin", "python"), `exec ${quote(python)} "$@"`);
    const asked = join(root, "asked");
    writeProgram(join(versions, "3.11.10", "bin", "python"), `echo x >> ${quote(asked)}; exec ${quote(python)} "$@"`);
    const found = await findPython(settings, "3.11", uv, { environment: { ...environment, PYENV_ROOT: join(root, "pyenv") } });
    expect(found.source).toBe("system");
    expect(readFileSync(asked, "utf8")).toBe("x\n");
  });

  test("never takes the one of an active virtual environment or conda", async () => {
    const { root, settings, python, uv, environment } = await emptyPlace();
    const host = join(root, "host");
    writeProgram(join(host, "bin", "python3.11"), `exec ${quote(python)} "$@"`);
    for (const name of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
      const found = findPython(settings, "3.11", uv, { environment: { ...environment, PATH: join(host, "bin"), [name]: host } });
      await expect(found).rejects.toMatchObject({ code: "ENV_PYTHON_NOT_FOUND" });
    }
  });

  test("uses the base interpreter of a virtual environment that is on PATH", async () => {
    const { root, settings, python, uv, environment } = await emptyPlace();
    const venv = join(root, "venv");
    await execa(uv.path, ["venv", "--no-project", "--python", python, venv], { env: { UV_CACHE_DIR: join(root, "cache") } });
    const found = await findPython(settings, "3.11", uv, { environment: { ...environment, PATH: join(venv, "bin") } });
    expect(found.path).not.toContain(venv);
  });

  test("names every place, and that it may not download", async () => {
    const { bin, settings, uv, environment } = await emptyPlace();
    writeProgram(join(bin, "python3"), "echo 'Python 2.7'; exit 0");
    await expect(findPython(settings, "3.11", uv, { environment })).rejects.toMatchObject({
      code: "ENV_PYTHON_NOT_FOUND",
      message: expect.stringContaining("no Python 3.11 was found"),
      hint: expect.stringContaining("PARFOCAL_PYTHON"),
      details: {
        places: [
          { place: `system ${join(bin, "python3")}`, found: "did not answer as Python does: Python 2.7" },
          { place: "uv's own download", found: "not tried: offline" },
        ],
      },
    });
  });
});

/** A tree of files on loopback, and what was asked for. */
async function serveFolder(folder: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    try {
      response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? "").replace(/\?.*$/, ""))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe.runIf(process.platform === "linux")("uv's own download", () => {
  test("comes from a mirror's list, is checked by hash, and is found under our root next time", async () => {
    const { root, settings, python, uv, environment } = await emptyPlace();
    const { stdout } = await execa(python, [
      "-I",
      "-c",
      "import platform, sys; print(sys.base_prefix, platform.python_version(), sep='\\n')",
    ]);
    const [prefix, version] = stdout.split("\n") as [string, string];
    const mirror = join(root, "mirror");
    mkdirSync(mirror);
    const archive = join(mirror, "python.tar.gz");
    const library = "lib/python3.11";
    const without = ["test", "site-packages", "idlelib", "ensurepip", "config-*", "__pycache__"].map(
      (name) => `--exclude=${library}/${name}`,
    );
    const packing = [
      "-czf",
      archive,
      ...without,
      "--exclude=__pycache__",
      "--transform=s,^,python/,",
      "-C",
      prefix,
      "bin/python3.11",
      library,
    ];
    await execa("tar", packing, { env: { GZIP: "-1" } });
    const server = await serveFolder(mirror);
    const [major, minor, patch] = version.split(".").map(Number);
    const download = {
      name: "cpython",
      arch: { family: process.arch === "arm64" ? "aarch64" : "x86_64", variant: null },
      os: "linux",
      libc: "gnu",
      major,
      minor,
      patch,
      prerelease: "",
      url: `${server.url}/python.tar.gz`,
      sha256: createHash("sha256").update(readFileSync(archive)).digest("hex"),
      variant: null,
      build: "20260101",
    };
    const list = (sha256: string) => {
      const key = `cpython-${version}-linux-${download.arch.family}-gnu`;
      writeFileSync(join(mirror, "downloads.json"), JSON.stringify({ [key]: { ...download, sha256 } }));
    };
    const online = { ...settings, offline: false, pythonMirror: `${server.url}/downloads.json` };

    list("0".repeat(64));
    await expect(findPython(online, "3.11", uv, { environment })).rejects.toMatchObject({
      code: "ENV_PYTHON_NOT_FOUND",
      message: expect.stringMatching(/uv's own download: from http.+downloads\.json: .*hash mismatch/is),
      hint: expect.stringContaining("PARFOCAL_PYTHON_MIRROR"),
    });

    list(download.sha256);
    const messages: string[] = [];
    const found = await findPython(online, "3.11", uv, { environment, onMessage: (message) => messages.push(message) });
    expect(found).toMatchObject({ version, source: "uv" });
    expect(found.path.startsWith(join(settings.home, "python"))).toBe(true);
    expect(messages).toEqual(["downloading Python 3.11"]);
    expect((await execa(found.path, ["-I", "-c", "import ssl, sys; print(sys.base_prefix)"])).stdout).toContain(settings.home);

    const asked = server.requests.length;
    expect(await findPython(settings, "3.11", uv, { environment })).toMatchObject({ path: found.path, source: "private" });
    expect(server.requests).toHaveLength(asked);
  });

  test("asks the mirror that is set, which need not be on the network", async () => {
    const { root, settings, uv, environment } = await emptyPlace();
    const mirror = join(root, "mirror");
    mkdirSync(mirror);
    const online = { ...settings, offline: false, pythonMirror: `file://${mirror}` };
    await expect(findPython(online, "3.11", uv, { environment })).rejects.toMatchObject({
      code: "ENV_PYTHON_NOT_FOUND",
      message: expect.stringMatching(new RegExp(`uv's own download: from file://${mirror}: .*${mirror}/`)),
    });
  });
});
