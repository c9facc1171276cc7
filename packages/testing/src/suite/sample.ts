import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Image,
  matchLabels,
  type RunResult,
  readNpy,
  sampleFiles,
  standaloneCommand,
  type Worker,
  writeNpy,
} from "@parfocal/core";
import { readImage } from "@parfocal/io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConformanceOptions } from "../describe-module.ts";
import { drawDiscs, hashLabels } from "../images.ts";
import type { Subject } from "./subject.ts";

/** What a module says of its own sample holds, and every way of running it gives the same labels. Without a sample: drawn discs. */
export function describeSample(subject: Subject, options: ConformanceOptions): void {
  const { module } = subject;
  const { sample } = module.manifest;
  const params = { ...sample?.params, ...subject.params };
  describe(sample === undefined ? "drawn discs" : "sample", () => {
    let worker: Worker;
    let image: Image;
    let truth: Image | null;
    let result: RunResult;

    beforeAll(async () => {
      worker = await subject.start();
      const files = sampleFiles(module.handle, worker.environment);
      image = files ? await readImage(files.image, { axes: sample!.axes }) : drawDiscs({ axes: subject.axes[0]! });
      truth = files?.truth ? await readImage(files.truth) : null;
      result = await worker.run(image, params, { keepRaw: module.manifest.refine });
    });
    afterAll(() => worker?.close());

    it("gives int32 labels of the image's spatial shape, numbered from 1 without gaps", () => {
      const spatial = image.shape.filter((_, index) => /[zyx]/.test(image.axes[index]!));
      expect(result.labels.dtype).toBe("int32");
      expect(result.labels.shape).toEqual(spatial);
      const ids = new Set<number>(result.labels.data);
      ids.delete(0);
      expect([...ids].sort((a, b) => a - b)).toEqual(Array.from({ length: ids.size }, (_, index) => index + 1));
    });

    it("returns the outputs it declares and no others", () => {
      for (const [name, { optional }] of Object.entries(module.manifest.outputs)) {
        if (!optional) expect(result, `output ${name}`).toHaveProperty(name);
      }
      const known = [...Object.keys(module.manifest.outputs), "warnings", "timing", "device", "provenance", "raw"];
      expect(Object.keys(result).filter((key) => !known.includes(key))).toEqual([]);
    });

    it("says where it ran and with what", () => {
      if ((options.device ?? "cpu") === "cpu") expect(result.device.used).toBe("cpu");
      expect(result.provenance).toMatchObject({ module: module.name, version: module.version, operation: "run" });
      expect(result.provenance.lockSha256).toMatch(/^[0-9a-f]{64}$/);
      const { queueMs, transferMs, computeMs, totalMs } = result.timing;
      expect(queueMs + transferMs + computeMs).toBeLessThanOrEqual(totalMs + 0.001);
    });

    const score = sample?.score;
    if (score !== undefined) {
      it(`reaches F1 ${score.f1} at IoU ${score.iou} against the truth`, () => {
        expect(matchLabels(truth!, result.labels, score.iou).f1).toBeGreaterThanOrEqual(score.f1);
      });
    }

    it("gives the same labels twice", async () => {
      const again = await worker.run(image, params);
      expect(hashLabels(again.labels)).toBe(hashLabels(result.labels));
    });

    it.runIf(module.manifest.refine)("refines to what a full run gives", async () => {
      const same = await worker.refine(result);
      expect(hashLabels(same.labels)).toBe(hashLabels(result.labels));
      if (options.refineParams === undefined) return;
      const refined = await worker.refine(result, options.refineParams);
      const full = await worker.run(image, { ...params, ...options.refineParams });
      expect(hashLabels(refined.labels)).toBe(hashLabels(full.labels));
      expect(hashLabels(refined.labels)).not.toBe(hashLabels(result.labels));
    });

    it("runs by hand on .npy files, without Node, to the same labels", async () => {
      const folder = await mkdtemp(join(tmpdir(), "parfocal by hand "));
      try {
        await writeNpy(join(folder, "image.npy"), image);
        const worked = ["--input", join(folder, "image.npy"), "--output", join(folder, "labels.npy"), "--axes", image.axes];
        const [program, ...fixed] = standaloneCommand(worker.environment, module.handle);
        const params = ["--params", JSON.stringify({ ...sample?.params, ...options.params }), "--device", "cpu"];
        await promisify(execFile)(program!, [...fixed, ...worked, ...params]);
        const labels = await readNpy(join(folder, "labels.npy"));
        expect(labels.dtype).toBe("int32");
        expect(hashLabels(labels)).toBe(hashLabels(result.labels));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}
