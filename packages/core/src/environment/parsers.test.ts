import { describe, expect, test } from "vitest";
import { cleanEnvironment, uvEnvironment } from "./clean-environment.ts";
import { parseDirectXAdapters } from "./directx.ts";
import { formatBytes } from "./disk.ts";
import { remainingMs } from "./download-progress.ts";
import { environmentKey } from "./fingerprint.ts";
import { isDriverAtLeast, parseDriverVersion } from "./nvidia-driver.ts";
import { lockAddress } from "./own-lock.ts";
import { environmentPython, environmentSitePackages } from "./platform.ts";
import { parseLauncherList } from "./python.ts";
import { isInside } from "./search-path.ts";
import { isTestedUv } from "./uv.ts";
import { readUvLine } from "./uv-output.ts";

test("a key changes with everything that decides what is in an environment, and with nothing else", () => {
  const inputs = {
    locks: [{ sha256: "a".repeat(64) }],
    pythonMinor: "3.11",
    platform: "linux-x64",
    profile: "default",
    accelerator: "cpu" as const,
  };
  const key = environmentKey(inputs);
  expect(key).toMatch(/^[0-9a-f]{12}$/);
  expect(environmentKey({ ...inputs })).toBe(key);
  const others = [
    { ...inputs, locks: [{ sha256: "b".repeat(64) }] },
    { ...inputs, locks: [...inputs.locks, { sha256: "a".repeat(64) }] },
    { ...inputs, pythonMinor: "3.12" },
    { ...inputs, platform: "win32-x64" },
    { ...inputs, profile: "other" },
    { ...inputs, accelerator: "cuda" as const },
  ].map(environmentKey);
  expect(new Set([key, ...others]).size).toBe(7);
});

test.each([
  ["Downloading numpy (16.1MiB)", { kind: "downloading", name: "numpy", bytes: 16882074 }],
  ["Downloading torch (1.5GiB)", { kind: "downloading", name: "torch", bytes: 1610612736 }],
  [" Downloaded numpy", { kind: "downloaded", name: "numpy" }],
  ["Prepared 2 packages in 1.17s", { kind: "prepared" }],
  ["Installed 1 package in 44ms", { kind: "installed", packages: 1 }],
  ["Resolved 2 packages in 125ms", null],
  [" + numpy==2.4.6", null],
  ["Fnord", null],
])("readUvLine %j", (line, sign) => {
  expect(readUvLine(line)).toEqual(sign);
});

test("the time that remains follows the mean speed", () => {
  expect(remainingMs(0, 100, 5000)).toBeUndefined();
  expect(remainingMs(10, 100, 500)).toBeUndefined();
  expect(remainingMs(25, 100, 5000)).toBe(15_000);
  expect(remainingMs(120, 100, 5000)).toBe(0);
});

test("the launcher's list on Windows", () => {
  const text =
    " -V:3.12 *        C:\\Python312\\python.exe\r\n -V:3.11          C:\\Program Files\\Python311\\python.exe\r\n -3.11-32         C:\\Py32\\python.exe\r\n";
  expect(parseLauncherList(text, "3.11")).toEqual(["C:\\Program Files\\Python311\\python.exe", "C:\\Py32\\python.exe"]);
  expect(parseLauncherList("No installed Pythons found!", "3.11")).toEqual([]);
});

describe("graphics", () => {
  test("driver versions", () => {
    expect(parseDriverVersion("560.35.03\n")).toBe("560.35.03");
    expect(parseDriverVersion("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5")).toBe("550.54.15");
    expect(parseDriverVersion("none")).toBeNull();
    expect(isDriverAtLeast("525.60.13", "525.60.13")).toBe(true);
    expect(isDriverAtLeast("525.60.2", "525.60.13")).toBe(false);
    expect(isDriverAtLeast("580.65.06", "580")).toBe(true);
    expect(isDriverAtLeast("579.99", "580")).toBe(false);
  });

  test("DirectX 12 adapters in the registry, software ones left out", () => {
    const block = (name: string, level: string): string =>
      `HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\DirectX\\{${name}}\r\n    Description    REG_SZ    ${name}\r\n    MaxD3D12FeatureLevel    REG_DWORD    ${level}\r\n\r\n`;
    expect(parseDirectXAdapters(block("Microsoft Basic Render Driver", "0xc100") + block("Intel(R) Iris(R) Xe", "0xc100"))).toBe(
      "Intel(R) Iris(R) Xe",
    );
    expect(parseDirectXAdapters(block("Old Card", "0xa000"))).toBeNull();
    expect(parseDirectXAdapters("")).toBeNull();
  });
});

test("a clean environment keeps proxies and certificates, and drops what leads astray", () => {
  const variables = {
    PATH: "/bin",
    HTTPS_PROXY: "p",
    no_proxy: "n",
    SSL_CERT_FILE: "c",
    NODE_EXTRA_CA_CERTS: "c",
    UV_NATIVE_TLS: "1",
    UV_INDEX: "x",
    PIP_INDEX_URL: "x",
    PYTHONPATH: "x",
    PYTHONHOME: "x",
    VIRTUAL_ENV: "x",
    CONDA_PREFIX: "x",
    UNSET: undefined,
  };
  const clean = cleanEnvironment(variables);
  expect(Object.keys(clean).sort()).toEqual(
    ["HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "PATH", "SSL_CERT_FILE", "UV_NATIVE_TLS", "no_proxy"].sort(),
  );
  const settings = {
    home: "/h",
    uvCache: "/c",
    wheelhouse: [],
    weightsFolders: [],
    offline: false,
    daemon: "use" as const,
    prewarm: [],
    idleMinutes: 30,
  };
  expect(uvEnvironment(settings, variables)).toMatchObject({
    PATH: "/bin",
    UV_CACHE_DIR: "/c",
    UV_NO_CONFIG: "1",
    NO_COLOR: "1",
  });
});

test("uv's tested range", () => {
  expect(["0.10.9", "0.11.0", "0.13.9", "0.14.0", "1.12.0"].map(isTestedUv)).toEqual([false, true, true, false, false]);
});

test("places that differ by platform", () => {
  expect(environmentPython("/e/k", "linux")).toBe("/e/k/bin/python");
  expect(environmentPython("C:\\e\\k", "win32")).toBe("C:\\e\\k\\Scripts\\python.exe");
  expect(environmentSitePackages("/e/k", "3.11", "darwin")).toBe("/e/k/lib/python3.11/site-packages");
  expect(environmentSitePackages("C:\\e\\k", "3.11", "win32")).toBe("C:\\e\\k\\Lib\\site-packages");
  expect(lockAddress("x", "linux")).toMatch(/^\0parfocal-\d+-[0-9a-f]{20}$/);
  expect(lockAddress("x", "win32")).toMatch(/^\\\\\.\\pipe\\parfocal-[0-9a-f]{20}$/);
  expect(lockAddress("x", "darwin")).toMatch(/parfocal-\d+-[0-9a-f]{20}\.sock$/);
});

test("sizes and folders for people", () => {
  expect([0, 999, 1000, 54_321_000, 1.25e9, 6e14].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "54.3 MB",
    "1.3 GB",
    "600 TB",
  ]);
  expect(isInside("/a/b", "/a")).toBe(true);
  expect(isInside("/ab", "/a")).toBe(false);
});
