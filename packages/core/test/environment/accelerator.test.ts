import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, onTestFinished, test } from "vitest";
import { chooseFromLocks } from "../../src/environment/accelerator.ts";
import type { Locks } from "../../src/environment/lock-schema.ts";
import { readSettings } from "../../src/environment/settings.ts";
import type { Accelerator } from "../../src/module/manifest.ts";
import { writeProgram } from "../fixtures/uv/program.ts";

const sha256 = "0".repeat(64);

function locksFor(platforms: Partial<Record<Accelerator, string[]>>, cuda = 12): Locks {
  const entries = Object.entries(platforms).map(([name, keys]) => {
    const sizes = Object.fromEntries(keys.map((key) => [key, { downloadBytes: null, installedBytes: null }]));
    const entry = {
      sha256,
      inputsSha256: sha256,
      packages: 1,
      torchBackend: null,
      cuda: name === "cuda" ? cuda : null,
      platforms: sizes,
    };
    return [name, entry];
  });
  return { locksVersion: 1, python: "3.11", uv: "0.13.9", accelerators: Object.fromEntries(entries), extras: {} };
}

const all = (cuda?: number): Locks =>
  locksFor({ cpu: ["linux-x64", "win32-x64", "darwin-arm64"], cuda: ["linux-x64", "win32-x64"], directml: ["win32-x64"] }, cuda);

interface MachineOptions {
  readonly files?: Record<string, string>;
  readonly smi?: string;
  readonly platform?: string;
  readonly architecture?: string;
}

function machineWith({ files = {}, smi, platform = "linux", architecture = "x64" }: MachineOptions) {
  const root = mkdtempSync(join(tmpdir(), "pf-gpu-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const bin = join(root, "bin");
  if (smi !== undefined) writeProgram(join(bin, "nvidia-smi"), smi);
  const settings = readSettings({ home: join(root, "home") });
  return { machine: { platform, architecture, root, environment: { PATH: bin } }, settings, root };
}

const intel = { "sys/bus/pci/devices/0000:00:02.0/vendor": "0x8086\n", "sys/bus/pci/devices/0000:00:02.0/class": "0x030000\n" };

describe("device auto", () => {
  test.each([
    ["no graphics card", {}, 12, "cpu", "no NVIDIA driver was found"],
    ["only an Intel card", { files: intel }, 12, "cpu", "no NVIDIA driver was found"],
    [
      "driver 520",
      { files: { "sys/module/nvidia/version": "520.61.05\n" } },
      12,
      "cpu",
      "the NVIDIA driver 520.61.05 is older than 525.60.13, which CUDA 12 needs",
    ],
    ["driver 560", { files: { "sys/module/nvidia/version": "560.35.03\n" } }, 12, "cuda", "NVIDIA driver 560.35.03 found"],
    [
      "driver 560 and CUDA 13",
      { files: { "sys/module/nvidia/version": "560.35.03\n" } },
      13,
      "cpu",
      "the NVIDIA driver 560.35.03 is older than 580, which CUDA 13 needs",
    ],
    [
      "driver 580 and CUDA 13",
      { files: { "sys/module/nvidia/version": "580.65.06\n" } },
      13,
      "cuda",
      "NVIDIA driver 580.65.06 found",
    ],
    [
      "the older driver file",
      {
        files: {
          "proc/driver/nvidia/version":
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.3.0\n",
        },
      },
      12,
      "cuda",
      "NVIDIA driver 550.54.15 found",
    ],
    [
      "only nvidia-smi",
      { smi: 'test "$1" = --query-gpu=driver_version && echo 560.94' },
      12,
      "cuda",
      "NVIDIA driver 560.94 found",
    ],
    ["an nvidia-smi that fails", { smi: "echo 'NVIDIA-SMI has failed'; exit 9" }, 12, "cpu", "no NVIDIA driver was found"],
  ] as const)("with %s", async (_, options: MachineOptions, cuda, accelerator, reason) => {
    const { machine, settings } = machineWith(options);
    const choice = await chooseFromLocks("toy", all(cuda), "auto", settings, machine);
    expect(choice).toMatchObject({ accelerator, device: accelerator, reason: expect.stringContaining(reason) });
    fault("Environments", `device auto with ${_}`, `the ${accelerator} lock, with the reason`);
  });

  test("asks nvidia-smi once, until it changes", async () => {
    const { machine, settings, root } = machineWith({});
    const smi = join(root, "bin", "nvidia-smi");
    writeProgram(smi, `echo x >> '${join(root, "asked")}'; echo 560.94`);
    await chooseFromLocks("toy", all(), "auto", settings, machine);
    await chooseFromLocks("toy", all(), "auto", settings, machine);
    expect(readFileSync(join(root, "asked"), "utf8")).toBe("x\n");
    writeProgram(smi, "echo 470.1");
    expect(await chooseFromLocks("toy", all(), "auto", settings, machine)).toMatchObject({ accelerator: "cpu" });
  });

  test("looks at no hardware where there is nothing to choose", async () => {
    const { machine, settings, root } = machineWith({ smi: 'touch "$0.asked"; echo 560.94' });
    const choice = await chooseFromLocks("toy", locksFor({ cpu: ["linux-x64"] }), "auto", settings, machine);
    expect(choice).toEqual({ accelerator: "cpu", device: "cpu", reason: "toy has only a cpu lock here" });
    expect(existsSync(join(root, "bin", "nvidia-smi.asked"))).toBe(false);
  });

  test("on a Mac takes the cpu lock and leaves the device to the worker", async () => {
    const { machine, settings } = machineWith({ platform: "darwin", architecture: "arm64" });
    expect(await chooseFromLocks("toy", all(), "auto", settings, machine)).toMatchObject({ accelerator: "cpu", device: "auto" });
  });

  test("follows the setting, unless the module has no such lock", async () => {
    const { machine, settings } = machineWith({});
    const set = { ...settings, accelerator: "cuda" as const };
    expect(await chooseFromLocks("toy", all(), "auto", set, machine)).toEqual({
      accelerator: "cuda",
      device: "cuda",
      reason: "set to cuda in the settings",
    });
    expect(await chooseFromLocks("toy", locksFor({ cpu: ["linux-x64"] }), "auto", set, machine)).toEqual({
      accelerator: "cpu",
      device: "cpu",
      reason: "set to cuda in the settings, for which toy has no lock here",
    });
  });
});

describe("a device that is asked for", () => {
  test("is taken", async () => {
    const { machine, settings } = machineWith({ files: { "sys/module/nvidia/version": "560.35.03\n" } });
    expect(await chooseFromLocks("toy", all(), "cpu", settings, machine)).toEqual({
      accelerator: "cpu",
      device: "cpu",
      reason: "asked for cpu",
    });
    expect(await chooseFromLocks("toy", all(), "cuda:1", settings, machine)).toMatchObject({
      accelerator: "cuda",
      device: "cuda:1",
    });
  });

  test.each([
    ["cuda", {}, "asked for cuda, but no NVIDIA driver was found", "PARFOCAL_ACCELERATOR=cuda"],
    ["directml", {}, "asked for directml: toy has no directml lock for linux-x64; it has: cpu, cuda", "--device auto"],
    [
      "cuda",
      { platform: "darwin", architecture: "arm64" },
      "asked for cuda: toy has no cuda lock for darwin-arm64; it has: cpu",
      "--device auto",
    ],
    ["mps", {}, "asked for mps: only Macs have it, this is linux-x64", "--device auto"],
    ["cpu", { architecture: "riscv64" }, "toy has no lock for linux-riscv64", "another kind of machine"],
  ])("is refused where it is not: %s", async (device, options: MachineOptions, message, hint) => {
    const { machine, settings } = machineWith(options);
    await expect(chooseFromLocks("toy", all(), device, settings, machine)).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
      message,
      hint: expect.stringContaining(hint),
    });
  });

  test("is refused when it is no device", async () => {
    const { machine, settings } = machineWith({});
    await expect(chooseFromLocks("toy", all(), "gpu", settings, machine)).rejects.toMatchObject({
      code: "USAGE",
      message: '"gpu" is not a device',
      hint: "use auto, cpu, cuda, cuda:N, directml or mps",
    });
  });
});
