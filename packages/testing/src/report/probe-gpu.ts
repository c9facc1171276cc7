import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cleanEnvironment, type Environment, findNvidiaDriver, readSettings, type Settings, thisMachine } from "@parfocal/core";
import { CheckFailure, CheckSkipped } from "./report.ts";

const script = fileURLToPath(new URL("../../python/probe_gpu.py", import.meta.url));

interface Seen {
  readonly version: string | null;
  readonly devices: readonly string[];
  readonly problem?: string;
}

/**
 * What NVIDIA's driver says, and what the libraries inside the environment see.
 *
 * @param used device that the worker runs on.
 * @returns both in one line.
 * @throws CheckSkipped without any GPU; CheckFailure when there is a driver, the environment is built for it, and no library sees a GPU.
 */
export async function probeGpu(environment: Environment, used: string, settings?: Partial<Settings>): Promise<string> {
  const driver = await findNvidiaDriver(readSettings(settings), thisMachine());
  const { stdout } = await promisify(execFile)(environment.python, ["-I", "-X", "utf8", script], {
    env: cleanEnvironment(process.env),
    timeout: 300_000,
  });
  const seen = Object.entries(JSON.parse(stdout) as Record<string, Seen>);
  const driverText = driver === null ? "no NVIDIA driver" : `NVIDIA driver ${driver.version}`;
  const libraries = seen.map(([name, { version, devices, problem }]) => {
    const what = problem ?? (devices.length === 0 ? "no GPU" : devices.join(", "));
    return `${name}${version === null ? "" : ` ${version}`} sees ${what}`;
  });
  const text = [driverText, ...libraries, `the model runs on ${used}`].join("; ");
  if (seen.some(([, { devices }]) => devices.length > 0)) return text;
  if (environment.stamp.accelerator === "cpu") throw new CheckSkipped(text);
  throw new CheckFailure(`${text}; check the graphics driver, or use --device cpu`);
}
