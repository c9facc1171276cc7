import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNpy, writeNpy } from "../../src/array/npy-file.ts";
import type { NdArray } from "../../src/contract/array.ts";
import { isParfocalError } from "../../src/errors/parfocal-error.ts";
import { numpyPython } from "../support/threshold.ts";

const run = promisify(execFile);
type Verdict = { readonly shape: readonly number[]; readonly kind: string; readonly values: readonly string[] } | null;

describe(".npy against numpy", () => {
  let folder: string;
  let python: string;
  let verdicts: Record<string, Verdict>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal numpy "));
    python = await numpyPython();
    await run(python, ["-I", fileURLToPath(new URL("numpy_arrays.py", import.meta.url)), folder]);
    verdicts = JSON.parse(await readFile(join(folder, "verdicts.json"), "utf8")) as Record<string, Verdict>;
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(name: string): Promise<NdArray | null> {
    try {
      return await readNpy(join(folder, name));
    } catch (error) {
      if (isParfocalError(error, "NPY_INVALID")) return null;
      throw error;
    }
  }

  const named = (prefix: string) => Object.keys(verdicts).filter((name) => name.startsWith(prefix));
  const valuesOf = ({ data, dtype }: NdArray, kind: string) =>
    [...data].map((value) =>
      dtype === "bool"
        ? value === 1
          ? "True"
          : "False"
        : kind === "f" && Number.isInteger(value)
          ? `${value}.0`
          : String(value),
    );

  it("reads every dtype, order and byte order to numpy's values", async () => {
    const names = named("good-");
    expect(names).toHaveLength(51);
    for (const name of names) {
      const array = await read(name);
      expect(array, name).not.toBeNull();
      expect({ name, shape: array!.shape, values: valuesOf(array!, verdicts[name]!.kind) }).toEqual({
        name,
        shape: verdicts[name]!.shape,
        values: verdicts[name]!.values,
      });
    }
    fault("Files", ".npy of every dtype, order and byte order", "numpy's values");
  });

  it("refuses what it cannot hold, where numpy reads it", async () => {
    const names = named("refused-");
    expect(names).toHaveLength(4);
    for (const name of names) expect(await read(name), name).toBeNull();
  });

  it("never accepts a damaged file that numpy refuses, nor reads other values from one that both accept", async () => {
    const names = named("damaged-");
    expect(names).toHaveLength(400);
    let agreed = 0;
    for (const name of names) {
      const array = await read(name);
      if (array === null) {
        agreed += verdicts[name] === null ? 1 : 0;
        continue;
      }
      agreed += 1;
      expect(verdicts[name], `${name} is refused by numpy`).not.toBeNull();
      expect({ name, shape: array.shape, values: valuesOf(array, verdicts[name]!.kind) }).toEqual({
        name,
        shape: verdicts[name]!.shape,
        values: verdicts[name]!.values,
      });
    }
    expect(agreed).toBeGreaterThan(300);
    fault("Files", "400 damaged .npy files", "none is accepted that numpy refuses, none read with other values");
  });

  it("writes what numpy reads", async () => {
    const path = join(folder, "written.npy");
    await writeNpy(path, { data: Int32Array.from([1, -2, 70000, 4, 5, 6]), shape: [2, 3], dtype: "int32" });
    const { stdout } = await run(python, [
      "-I",
      "-c",
      "import numpy,sys; a=numpy.load(sys.argv[1], mmap_mode='r'); print(a.dtype, a.tolist())",
      path,
    ]);
    expect(stdout.trim()).toBe("int32 [[1, -2, 70000], [4, 5, 6]]");
  });
});
