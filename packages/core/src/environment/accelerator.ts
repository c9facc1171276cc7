import type { AcceleratorChoice, EnvironmentOptions, Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { Accelerator, ModuleHandle } from "../module/manifest.ts";
import { findDirectX12 } from "./directx.ts";
import { defaultProfile, readLocks } from "./lock.ts";
import type { Locks } from "./lock-schema.ts";
import { findNvidiaDriver, isDriverAtLeast, type MachineView, type NvidiaDriver, thisMachine } from "./nvidia-driver.ts";
import { platformKey } from "./platform.ts";
import { readSettings } from "./settings.ts";

/** Oldest driver that runs each major version of CUDA, after NVIDIA's CUDA compatibility table. */
const minimumDrivers: Readonly<Record<number, { readonly linux: string; readonly win32: string }>> = {
  11: { linux: "450.80.02", win32: "452.39" },
  12: { linux: "525.60.13", win32: "528.33" },
  13: { linux: "580", win32: "580" },
};

/** Accelerators of these locks that can be installed on a platform. */
export function acceleratorsFor(locks: Locks, platform: string): Accelerator[] {
  return (Object.entries(locks.accelerators) as [Accelerator, Locks["accelerators"][Accelerator]][])
    .filter(([, entry]) => entry !== undefined && platform in entry.platforms)
    .map(([accelerator]) => accelerator);
}

function unavailable(message: string, hint: string): never {
  throw new ParfocalError("DEVICE_UNAVAILABLE", message, { hint });
}

function driverProblem(locks: Locks, driver: NvidiaDriver | null, machine: MachineView): string | null {
  if (!driver) return "no NVIDIA driver was found";
  const cuda = locks.accelerators.cuda?.cuda;
  const least = cuda == null ? undefined : minimumDrivers[cuda]?.[machine.platform === "win32" ? "win32" : "linux"];
  if (least === undefined || isDriverAtLeast(driver.version, least)) return null;
  return `the NVIDIA driver ${driver.version} is older than ${least}, which CUDA ${cuda} needs`;
}

/** Decides from locks that were read already. */
export async function chooseFromLocks(
  name: string,
  locks: Locks,
  device: string,
  settings: Settings,
  machine: MachineView = thisMachine(),
): Promise<AcceleratorChoice> {
  const platform = platformKey(machine.platform, machine.architecture);
  const available = acceleratorsFor(locks, platform);
  const list = available.length > 0 ? available.join(", ") : "none";
  if (available.length === 0) unavailable(`${name} has no lock for ${platform}`, "run it on another kind of machine");
  const need = (accelerator: Accelerator, asked: string): void => {
    if (available.includes(accelerator)) return;
    unavailable(
      `${asked}: ${name} has no ${accelerator} lock for ${platform}; it has: ${list}`,
      "use one of those, or --device auto",
    );
  };

  if (device !== "auto") {
    const match = /^(cpu|cuda(?::\d+)?|directml(?::\d+)?|mps)$/.exec(device);
    if (!match) {
      throw new ParfocalError("USAGE", `"${device}" is not a device`, { hint: "use auto, cpu, cuda, cuda:N, directml or mps" });
    }
    const reason = `asked for ${device}`;
    if (device === "mps") {
      if (machine.platform !== "darwin")
        unavailable(`asked for mps: only Macs have it, this is ${platform}`, "use --device auto");
      need("cpu", reason);
      return { accelerator: "cpu", device, reason };
    }
    const accelerator = device.split(":")[0] as Accelerator;
    need(accelerator, reason);
    if (accelerator === "cuda" && settings.accelerator !== "cuda") {
      const problem = driverProblem(locks, await findNvidiaDriver(settings, machine), machine);
      if (problem)
        unavailable(
          `${reason}, but ${problem}`,
          "install or update the driver, use --device cpu, or set PARFOCAL_ACCELERATOR=cuda to build it all the same",
        );
    }
    return { accelerator, device, reason };
  }

  const remarks: string[] = [];
  const wanted = settings.accelerator;
  if (wanted !== undefined && available.includes(wanted)) {
    return { accelerator: wanted, device: wanted, reason: `set to ${wanted} in the settings` };
  }
  // The setting is for the machine; a module without such a lock still runs.
  if (wanted !== undefined) remarks.push(`set to ${wanted} in the settings, for which ${name} has no lock here`);
  if (available.includes("cuda")) {
    const driver = await findNvidiaDriver(settings, machine);
    const problem = driverProblem(locks, driver, machine);
    if (driver && !problem)
      return { accelerator: "cuda", device: "cuda", reason: `NVIDIA driver ${driver.version} found (${driver.from})` };
    if (problem) remarks.push(problem);
  }
  if (available.includes("directml")) {
    const adapter = await findDirectX12(settings, machine);
    if (adapter) return { accelerator: "directml", device: "directml", reason: `DirectX 12 adapter found (${adapter})` };
    remarks.push("no DirectX 12 adapter was found");
  }
  need("cpu", "no other device was found");
  const why =
    remarks.length > 0
      ? remarks.join("; ")
      : available.length > 1
        ? "no accelerator was found"
        : `${name} has only a cpu lock here`;
  return { accelerator: "cpu", device: machine.platform === "darwin" ? "auto" : "cpu", reason: why };
}

/**
 * Chooses the build of a module's environment: the device asked for, else the setting, else what hardware is found, else cpu.
 * @throws ParfocalError DEVICE_UNAVAILABLE when the device is not there or the module has no lock for it; USAGE for an unknown device name;
 * ENV_LOCK_INVALID.
 */
export async function chooseAccelerator(handle: ModuleHandle, options: EnvironmentOptions = {}): Promise<AcceleratorChoice> {
  const locks = readLocks(handle, options.profile ?? defaultProfile(handle));
  return chooseFromLocks(handle.manifest.name, locks, options.device ?? "auto", readSettings(options.settings));
}
