import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNpy } from "../array/npy-file.ts";
import type { NdArray } from "../contract/array.ts";

/** Collects what one call exchanges with the worker. */
export interface Recorder {
  message(message: unknown): void;
  arrays(arrays: Readonly<Record<string, NdArray>>): void;
  /**
   * Writes `<pid>-<call>-<array>.npy` and `<pid>-<call>-messages.json`.
   * @returns why it could not, null when it could.
   */
  save(pid: number, call: number): Promise<string | null>;
}

export function createRecorder(folder: string): Recorder {
  const messages: unknown[] = [];
  const kept: Record<string, NdArray> = {};
  return {
    message: (message) => void messages.push(message),
    arrays: (arrays) => void Object.assign(kept, arrays),
    async save(pid, call) {
      const start = join(folder, `${pid}-${String(call).padStart(4, "0")}`);
      try {
        await mkdir(folder, { recursive: true });
        for (const [name, array] of Object.entries(kept)) await writeNpy(`${start}-${name}.npy`, array);
        await writeFile(`${start}-messages.json`, `${JSON.stringify(messages, null, 2)}\n`);
        return null;
      } catch (error) {
        return `the exchanged files could not be kept in ${folder}: ${(error as Error).message}`;
      }
    },
  };
}
