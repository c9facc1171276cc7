import { type NdArray, readNpy } from "@parfocal/core";
import { expect } from "vitest";
import type { Case } from "./cases.ts";
import type { Frame } from "./frames.ts";

export interface Call {
  readonly error: string | null;
  readonly aborted: boolean;
  readonly ms: number;
  readonly outputs: readonly {
    readonly path?: string;
    readonly columns?: readonly string[];
    readonly rows?: readonly (readonly (number | null)[])[];
  }[];
}
export interface Report {
  readonly calls: readonly Call[];
  readonly findings: readonly string[];
  readonly error: string | null;
  readonly left: readonly string[];
}

/** How long a stopped recipe may go on after it was stopped. */
const stopMs = 1_000;
export const abortAfterMs = 300;

/** What came of a case: of its first frame what the event asks for, of the second always objects. */
export async function checkReport(each: Case, report: Report, frames: readonly [Frame, Frame]): Promise<void> {
  expect(report.error).toBeNull();
  const [first, second] = report.calls;
  switch (each.event) {
    case "abort":
      expect(first).toMatchObject({ aborted: true, error: null });
      expect(first!.ms).toBeLessThan(abortAfterMs + stopMs);
      expect(report.calls).toHaveLength(1);
      return;
    case "no environment":
      for (const call of report.calls) {
        expect(call.error).toContain("the environment of acts for cpu is not installed");
        expect(call.error).toContain("What to do: run `parfocal env install acts`");
        expect(call.error).toMatch(/Log file: .*ga3\.log/);
      }
      return;
    case "worker error":
      expect(first!.error).toContain("no luck");
      break;
    case "worker death":
      expect(first!.error).toContain("acts: the worker exited with code 3 during the call");
      break;
    default:
      expect(first!.error).toBeNull();
      await checkOutput(each, first!, frames[0]);
  }
  if (first!.error !== null) {
    expect(first!.error).toContain("What to do: ");
    expect(first!.error).toMatch(/Log file: .*ga3\.log/);
  }
  expect(second!.error).toBeNull();
  await checkOutput(each, second!, frames[1]);
  const lost = report.findings.filter((finding) => !finding.endsWith("is empty") && !finding.startsWith("output() took"));
  expect(lost).toEqual([]);
}

async function checkOutput(each: Case, call: Call, { pixels, labels }: Frame): Promise<void> {
  const [output] = call.outputs;
  if (each.output === "table") {
    checkTable(output!.columns!, output!.rows!, labels);
    return;
  }
  const array = await readNpy(output!.path!);
  expect(array.shape).toEqual([...pixels.shape.slice(0, 3), 1]);
  expect(array.dtype).toBe({ "uint8 binary": "uint8", "int32 binary": "int32", channel: "float32" }[each.output]);
  if (each.output === "uint8 binary") checkMask(array, labels);
  else expect(isSame(array.data, labels)).toBe(true);
}

function checkTable(columns: readonly string[], rows: readonly (readonly (number | null)[])[], labels: Int32Array): void {
  const counts = new Map<number, number>();
  for (const id of labels) if (id > 0) counts.set(id, (counts.get(id) ?? 0) + 1);
  const [id, size] = [columns.indexOf("ObjectId"), columns.findIndex((title) => /^(Area|Volume)Px$/.test(title))];
  const found = new Map(rows.map((row) => [row[id], row[size]]));
  expect(found).toEqual(new Map([...counts].sort(([a], [b]) => a - b)));
}

/** Each object is there, nothing is outside of objects, and no piece of the mask belongs to two. */
function checkMask({ data, shape }: NdArray, labels: Int32Array): void {
  const [depth = 1, height = 1, width = 1] = shape;
  const kept = new Set<number>();
  for (let z = 0, at = 0; z < depth; z += 1) {
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        if (data[at] === 0) continue;
        const id = labels[at]!;
        kept.add(id);
        const after = [x + 1 < width ? at + 1 : at, y + 1 < height ? at + width : at, z + 1 < depth ? at + width * height : at];
        if (after.some((other) => data[other] !== 0 && labels[other] !== id))
          expect.fail(`${id} touches another at ${z}, ${y}, ${x}`);
      }
    }
  }
  const all = new Set(labels);
  all.delete(0);
  expect(kept).toEqual(all);
}

function isSame(found: NdArray["data"], labels: Int32Array): boolean {
  if (found.length !== labels.length) return false;
  for (let at = 0; at < labels.length; at += 1) if (Number(found[at]) !== labels[at]) return false;
  return true;
}
