import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createNdArray, ensureEnvironment, type NdArray, readModule, readNpy, writeNpy } from "@parfocal/core";

const emulator = fileURLToPath(new URL("../../emulator", import.meta.url));
export const thresholdFolder = fileURLToPath(new URL("../../../../modules/threshold", import.meta.url));

/** One input of a node: its frames, each z, y, x, c. */
export interface EmulatedInput {
  readonly frames: readonly NdArray[];
  readonly name?: string;
  readonly calibration?: readonly [number, number, number];
}

export interface EmulatedJob {
  readonly inputs: readonly EmulatedInput[];
  readonly outputs: readonly ("binary" | "table")[];
  readonly version?: "6.20" | "7.10";
  readonly outOfProcess?: boolean;
  /** Name, type and length of each loop, the slowest first. */
  readonly loops?: readonly (readonly [string, number, number])[];
}

export interface EmulatedTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface EmulatedCall {
  readonly coordinates: Readonly<Record<string, number>>;
  readonly final: boolean;
  /** What the node shows. */
  readonly error: string | null;
  readonly binary: NdArray | null;
  readonly table: EmulatedTable | null;
}

export interface Emulated {
  readonly calls: readonly EmulatedCall[];
  /** What a person would stumble over. */
  readonly findings: readonly string[];
  readonly error: string | null;
}

/** A busy machine is no mistake of a script. */
const slow = /^output\(\) took/;

interface ReportFile {
  readonly calls: readonly (Omit<EmulatedCall, "binary" | "table"> & {
    readonly outputs: readonly (Partial<EmulatedTable> & { readonly path?: string })[];
  })[];
  readonly findings: readonly string[];
  readonly error: string | null;
}

/**
 * Runs a script in the emulator of NIS-Elements, whose Python is that of the threshold module's environment.
 *
 * @param folder for the job's files; removed afterwards
 */
export async function emulate(script: string, job: EmulatedJob, root: string): Promise<Emulated> {
  const folder = mkdtempSync(join(root, "job "));
  try {
    writeFileSync(join(folder, "node.py"), script);
    const inputs = await Promise.all(
      job.inputs.map(async ({ frames, ...input }, i) => {
        const names = frames.map((_, j) => `frame-${i}-${j}.npy`);
        await Promise.all(frames.map((frame, j) => writeNpy(join(folder, names[j]!), frame)));
        return { ...input, frames: names };
      }),
    );
    const { version = "6.20", outOfProcess = false, loops = [] } = job;
    const given = { script: "node.py", inputs, outputs: job.outputs.map((kind) => ({ kind })), version, loops };
    writeFileSync(join(folder, "job.json"), JSON.stringify({ ...given, out_of_process: outOfProcess }));
    return await run(folder, version);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function run(folder: string, version: string): Promise<Emulated> {
  const { handle } = await readModule(thresholdFolder);
  const { python } = await ensureEnvironment(handle, { device: "cpu" });
  await promisify(execFile)(python, ["-X", "utf8", "-m", "ga3_emulator", join(folder, "job.json"), folder], {
    env: {
      ...withoutParfocal(process.env),
      PYTHONPATH: [emulator, process.env.PYTHONPATH].filter((part) => part).join(delimiter),
      PYTHONDONTWRITEBYTECODE: "1",
      LIMNODE_VERSION: version,
    },
  });
  const report = JSON.parse(await readFile(join(folder, "report.json"), "utf8")) as ReportFile;
  const calls = report.calls.map(async ({ outputs, ...call }) => {
    const array = outputs.find(({ path }) => path !== undefined);
    const table = outputs.find(({ columns }) => columns !== undefined);
    return {
      ...call,
      binary: array === undefined ? null : await readNpy(array.path!),
      table: (table as EmulatedTable | undefined) ?? null,
    };
  });
  return {
    calls: await Promise.all(calls),
    findings: report.findings.filter((finding) => !slow.test(finding)),
    error: report.error,
  };
}

/** NIS-Elements knows none of our variables: what a node needs is in its script. */
function withoutParfocal(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("PARFOCAL_")));
}

/** Planes above each other as a frame has them: z, y, x, c. */
export function frameOf(...planes: readonly NdArray[]): NdArray {
  const [height = 0, width = 0] = planes[0]!.shape;
  const frame = createNdArray(planes[0]!.dtype, [planes.length, height, width, 1]);
  for (const [z, { data }] of planes.entries()) frame.data.set(data as never, z * height * width);
  return frame;
}
