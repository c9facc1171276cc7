import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { formatNpyHeader, parseNpyHeader } from "../../src/array/npy-header.ts";
import type { Image } from "../../src/contract/array.ts";
import { arenaRoots, createArena } from "../../src/worker/arena.ts";
import { runtimeFolder } from "../../src/worker/command.ts";
import { createInputSlot } from "../../src/worker/input-slot.ts";
import { acquireArena } from "../../src/worker/shared-arena.ts";
import {
  afterTest,
  expectWorks,
  failure,
  mountSmall,
  noMount,
  numpyEnvironment,
  ramp,
  setVariable,
  startActs,
  temporaryFolder,
} from "./support.ts";

const megapixel = (): Image<"uint16"> => ramp(1024, 1024);
const sum = (values: Int32Array) => values.reduce((total, value) => total + value, 0);

describe("shared memory is full", () => {
  test("images and results go through temporary files, and the result says so", async ({ skip }) => {
    const small = mountSmall(4);
    if (small === null) return skip(noMount);
    setVariable("PARFOCAL_ARENA_ROOT", small);
    const { worker } = await startActs();
    const { pid } = worker;
    const first = await worker.run(megapixel());
    expect(first.warnings).toEqual([
      expect.stringMatching(/^shared memory is full \(.*\): 4194432 bytes went through a file in .*parfocal-/),
    ]);
    const second = await worker.run({ ...ramp(2048, 2048) });
    expect(second.warnings).toEqual([
      expect.stringMatching(/^shared memory is full \(.*\): the image of 8388608 bytes went through a file in /),
      expect.stringMatching(/16777344 bytes went through a file/),
    ]);
    expect(sum(first.labels.data)).toBe(sum(Int32Array.from(megapixel().data)));
    expect(second.labels.data.at(-1)).toBe((2048 * 2048 - 1) % 65536);
    expect((await expectWorks(worker)).warnings).toEqual([]);
    expect(worker.pid).toBe(pid);
    fault("Data and slots", "shared memory is full", "temporary files, and a warning in the result");
  });

  test("and the temporary folder too: SLOTS_FULL for image and for result, and the worker lives", async ({ skip }) => {
    const small = mountSmall(3);
    if (small === null) return skip(noMount);
    setVariable("PARFOCAL_ARENA_ROOT", small);
    setVariable("TMPDIR", join(small, "t"));
    mkdirSync(join(small, "t"));
    const { worker } = await startActs({ settings: { home: join(small, "h") } });
    const { pid } = worker;
    const onTheWayIn = await failure(worker.run(ramp(2048, 2048)), "SLOTS_FULL");
    expect(onTheWayIn.message).toMatch(/^no room for an image of 8388608 bytes in .* or /);
    const onTheWayBack = await failure(worker.run(megapixel()), "SLOTS_FULL");
    expect(onTheWayBack.message).toMatch(/^acts: no room for 4194432 bytes: .* is full, and .*: No space left on device$/);
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    fault(
      "Data and slots",
      "shared memory and the temporary folder are full",
      "SLOTS_FULL; the same process answers the next call",
    );
  });

  test.skipIf(process.platform === "win32")("a limit on file sizes counts as full", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    await worker.run(ramp(), { act: "files_limited" });
    const error = await failure(worker.run(megapixel()), "SLOTS_FULL");
    expect(error.message).toContain("File too large");
    expect(error.hint).toContain("/dev/shm");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
  });
});

describe("the home folder is full", () => {
  test("the run goes on without its log and kept files, and the result says so", async ({ skip }) => {
    const small = mountSmall(1);
    if (small === null) return skip(noMount);
    const kept = join(small, "kept");
    const { worker } = await startActs({ settings: { home: join(small, "home") }, keepFilesIn: kept });
    const { warnings } = await worker.run(megapixel(), { act: "noise" });
    expect(warnings).toEqual([
      expect.stringMatching(/^the log .*\.log could not be written: ENOSPC/),
      expect.stringMatching(/^the exchanged files could not be kept in .*: .*the disk is full$/),
    ]);
    expect(readdirSync(kept).filter((name) => name.endsWith(".npy"))).toEqual([]);
    expect(readdirSync(kept).filter((name) => name.includes("partial"))).toEqual([]);
    fault("Data and slots", "the disk is full for log and kept files", "the call is answered, with a warning");
  });

  test("or cannot be written at all", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "logs"), "in the way");
    const { worker } = await startActs({ settings: { home: folder } });
    expect(worker.logPath).toBeNull();
    const { warnings } = await worker.run(ramp());
    expect(warnings).toEqual([expect.stringMatching(/^the log .* could not be written: /)]);
    expect((await worker.run(ramp())).warnings).toEqual([]);
    const error = await failure(worker.run(ramp(), { act: "exit_3" }), "WORKER_CRASHED");
    expect(error.details.logPath).toBeNull();
    expect(error.details.stderrTail).toContain("last words");
  });
});

describe("someone else touches the slots", () => {
  test("an image's slot that is deleted or cut off between calls does no harm", async () => {
    const { worker } = await startActs();
    const { arena, release } = acquireArena();
    afterTest(release);
    await worker.run(ramp(300, 300));
    const slots = () => readdirSync(arena.folder).map((name) => join(arena.folder, name));
    const [input] = slots().filter((path) => path.endsWith("-in1.npy"));
    truncateSync(input!, 0);
    const { labels } = await worker.run(ramp(300, 300));
    expect([...labels.data]).toEqual([...ramp(300, 300).data]);
    unlinkSync(input!);
    await expectWorks(worker);
    const outputs = slots().filter((path) => !/-in\d\.npy$/.test(path));
    expect(outputs).not.toEqual([]);
    for (const path of outputs) unlinkSync(path);
    const error = await failure(worker.run(ramp()), "PROTOCOL_ERROR");
    expect(error.message).toContain("cannot be read: ENOENT");
    await expectWorks(worker);
    fault(
      "Data and slots",
      "somebody deletes or cuts off a slot between calls",
      "no harm to the input; PROTOCOL_ERROR for an output, then a new process",
    );
  });
});

describe("arenas", () => {
  test("only those of dead processes of this user are swept", () => {
    const root = temporaryFolder();
    const live = createArena([root]);
    afterTest(() => live.remove());
    const [, user, pid, start, space] = /^parfocal-(\w+)-(\d+)-(\d+)-(\d+)-/.exec(basename(live.folder))!;
    const make = (name: string) => {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, "x-in.npy"), "x");
      return name;
    };
    const dead = [
      make(`parfocal-${user}-4194303-1-${space}-00ff`),
      make(`parfocal-${user}-${pid}-${Number(start) - 1}-${space}-00ff`),
    ];
    const others = [
      make(`parfocal-${user}x-4194303-1-${space}-00ff`),
      make(`parfocal-${user}-4194303-1-${space}9-00ff`),
      make(`parfocal-${user}-${pid}-${start}-${space}-00ff`),
      make("parfocal-test-notes"),
    ];
    const next = createArena([root]);
    afterTest(() => next.remove());
    for (const name of dead) expect(existsSync(join(root, name))).toBe(process.platform !== "linux" && name === dead[1]);
    for (const name of others) expect(existsSync(join(root, name))).toBe(true);
    expect(existsSync(live.folder)).toBe(true);
  });

  test("a root that cannot be used is passed over", () => {
    const root = temporaryFolder();
    const arena = createArena([join(root, "missing"), root]);
    expect(arena.folder.startsWith(root)).toBe(true);
    arena.remove();
    expect(readdirSync(root)).toEqual([]);
    expect(() => createArena([join(root, "missing")])).toThrow("ENOENT");
    expect(arenaRoots({ PARFOCAL_ARENA_ROOT: "/x" })[0]).toBe("/x");
  });

  test("a slot is a file that numpy reads, whatever was in it before", async () => {
    const arena = createArena([temporaryFolder()]);
    const slot = createInputSlot(arena, "t");
    await slot.write(ramp(50, 50));
    const { ref } = await slot.write(ramp(2, 3));
    await slot.close();
    const { python } = await numpyEnvironment();
    const code = "import numpy, sys; a = numpy.load(sys.argv[1], mmap_mode='r'); print(a.dtype, a.shape, a.ravel().tolist())";
    expect(execFileSync(python, ["-I", "-c", code, ref.path], { encoding: "utf8" })).toBe("uint16 (2, 3) [0, 1, 2, 3, 4, 5]\n");
    expect(ref).toMatchObject({ generation: 2, dtype: "uint16", shape: [2, 3], bytes: 12 });
    arena.remove();
  });

  test("Python's parser of slot headers gives TypeScript's verdict on damaged ones", async () => {
    const headers: Buffer[] = [];
    for (const shape of [[], [0], [7], [3, 4], [2, 0, 5], [1, 2, 3, 4, 5]]) {
      for (const dtype of ["bool", "uint8", "int16", "float32", "int64"] as const)
        headers.push(Buffer.from(formatNpyHeader(dtype, shape)!));
    }
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const alphabet = Buffer.from("'{}(),: \n0123456789<>|=biuf\x00\xff", "latin1");
    for (let index = 0; index < 3000; index += 1) {
      const header = Buffer.from(headers[random(30)]!);
      for (let change = random(3); change >= 0; change -= 1) header[random(90)] = alphabet[random(alphabet.length)]!;
      headers.push(random(20) === 0 ? header.subarray(0, random(128)) : header);
    }
    const { python } = await numpyEnvironment();
    const code = [
      "import json, sys",
      `sys.path.insert(0, ${JSON.stringify(runtimeFolder)})`,
      "from parfocal_worker._npy import parse_header",
      "for line in sys.stdin:",
      "    try:",
      "        array = parse_header(bytes.fromhex(line.strip()))",
      "        print(json.dumps([array.dtype, list(array.shape)]))",
      "    except ValueError as error:",
      "        print('null')",
    ].join("\n");
    const input = headers.map((header) => header.toString("hex")).join("\n");
    const verdicts = execFileSync(python, ["-I", "-c", code], { input, encoding: "utf8", maxBuffer: 2 ** 26 })
      .trim()
      .split("\n");
    expect(verdicts).toHaveLength(headers.length);
    let accepted = 0;
    for (const [index, header] of headers.entries()) {
      const verdict = JSON.parse(verdicts[index]!) as [string, number[]] | null;
      // TypeScript reads every .npy; a slot is only what TypeScript would have written.
      expect(verdict, header.toString("latin1")).toEqual(readAsSlot(header));
      if (verdict !== null) accepted += 1;
    }
    expect(accepted).toBeGreaterThan(30);
    expect(accepted).toBeLessThan(2000);
  });
});

function readAsSlot(header: Buffer): [string, number[]] | null {
  try {
    const { dtype, shape, dataOffset } = parseNpyHeader(header, "slot");
    const written = formatNpyHeader(dtype, shape);
    return dataOffset === 128 && written !== null && Buffer.compare(written, header) === 0 ? [dtype, [...shape]] : null;
  } catch {
    return null;
  }
}
