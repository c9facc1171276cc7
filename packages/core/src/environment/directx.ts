import { statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { recallAnswer } from "./found-tools.ts";
import type { MachineView } from "./nvidia-driver.ts";
import { runTool } from "./run-tool.ts";

const featureLevel12 = 0xb000;

/** Name of the first adapter that speaks DirectX 12 in the output of `reg query HKLM\SOFTWARE\Microsoft\DirectX /s`; null when there is none. */
export function parseDirectXAdapters(text: string): string | null {
  for (const block of text.split(/\r?\n(?=HKEY_)/)) {
    const name = /^\s+Description\s+REG_SZ\s+(.+?)\s*$/m.exec(block)?.[1];
    const level = /^\s+MaxD3D12FeatureLevel\s+REG_DWORD\s+0x([0-9a-f]+)/im.exec(block)?.[1];
    const isSoftware = name !== undefined && /Microsoft Basic Render/i.test(name);
    if (name && level && Number.parseInt(level, 16) >= featureLevel12 && !isSoftware) return name;
  }
  return null;
}

/** Finds a graphics card that speaks DirectX 12; null elsewhere than on Windows. */
export async function findDirectX12(settings: Settings, machine: MachineView): Promise<string | null> {
  if (machine.platform !== "win32") return null;
  const system = join(machine.environment.SystemRoot ?? "C:\\Windows", "System32");
  const registry = join(system, "reg.exe");
  if (!statSync(join(system, "d3d12.dll"), { throwIfNoEntry: false })) return null;
  return recallAnswer(settings, registry, "directx", async () => {
    const run = await runTool(registry, ["query", "HKLM\\SOFTWARE\\Microsoft\\DirectX", "/s"], {
      environment: cleanEnvironment(machine.environment),
      timeoutMs: 10_000,
    });
    return run.exitCode === 0 ? parseDirectXAdapters(run.stdout) : null;
  });
}
