import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import type { SegmenterOutputs } from "../../src/contract/run.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import { type ActsParams, acts, afterTest, failure, numpyEnvironment, ramp, startActs, temporaryFolder } from "./support.ts";

const subject = "Calls and workers";

describe("memory runs out", () => {
  test("and the model knows how to take less: done again, and the result says how", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const { labels, warnings, provenance } = await worker.run(ramp(), { act: "gpu_memory", text: "greedy", add: 1 });
    expect([...labels.data]).toEqual([...ramp().data].map((value) => value + 1));
    expect(warnings).toEqual(["memory ran out: done again with text = modest"]);
    expect(provenance.worker.retriedWith).toBe("text = modest");
    expect(worker.pid).toBe(pid);
    fault(subject, "memory runs out, and the model can take less", `answered by a second try; the result warns: ${warnings[0]}`);
  });

  test("and there is nothing left to make smaller: the error of the first try", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(1, 4), { act: "gpu_memory", text: "greedy" }), "OUT_OF_MEMORY");
    expect(error.message).toBe("acts: ran out of the GPU's memory (RuntimeError: CUDA out of memory. Tried to allocate 20 MiB)");
    expect(error.details.where).toBe("gpu");
    fault(subject, "memory runs out, and nothing can be made smaller", `${error.code} (${error.details.where})`);
  });

  test("on a GPU, also at the second try: done on the processor where that is allowed", async () => {
    const environment = await numpyEnvironment();
    const onGpu = { ...environment, choice: { ...environment.choice, device: "cuda:0" } };
    const options = { settings: { home: temporaryFolder() } };
    const strict = await startWorkerIn<ActsParams, SegmenterOutputs>(onGpu, acts, options);
    afterTest(() => strict.close());
    await failure(strict.run(ramp(), { act: "gpu_memory" }), "OUT_OF_MEMORY");
    const worker = await startWorkerIn<ActsParams, SegmenterOutputs>(onGpu, acts, { ...options, cpuFallback: true });
    afterTest(() => worker.close());
    const result = await worker.run(ramp(), { act: "gpu_memory", add: 2 }, { keepRaw: true });
    expect(result.labels.data[0]).toBe(2);
    expect(result.warnings).toEqual(["the GPU's memory ran out: done on the processor"]);
    const again = await worker.refine(result, { add: 3 });
    expect(again.labels.data[0]).toBe(3);
    const other = await worker.run(ramp(), { act: "facts" });
    expect(other.provenance.worker.device).toBe("cuda:0");
    fault(
      subject,
      "a GPU's memory runs out twice, and cpuFallback is on",
      `answered on the processor; the result warns: ${result.warnings[0]}`,
    );
  });
});
