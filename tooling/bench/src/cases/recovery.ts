import { fileURLToPath } from "node:url";
import { createModule, type Image, isParfocalError, readModule, type Worker } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
import type { CaseResult } from "../case.ts";
import { summarize } from "../statistics.ts";

const graceMs = 500;
const image: Image = { data: new Uint16Array(64), shape: [8, 8], dtype: "uint16", axes: "yx" };
type Params = Readonly<Record<string, unknown>>;

/** From the moment in which a call is cancelled, or its process killed, to the next answer. */
export async function recovery(): Promise<CaseResult> {
  const { handle } = await readModule(fileURLToPath(new URL("../../fixtures/cast", import.meta.url)));
  const module = createModule(handle.manifest, () => handle);
  const worker = await module.start({ device: "cpu", cancelGraceMs: graceMs });
  const network = await stardist.start({ device: "cpu", params: {} });
  const large: Image = {
    ...image,
    data: Uint16Array.from({ length: 2048 * 2048 }, (_, i) => Math.imul(i, 40503)),
    shape: [2048, 2048],
  };
  const dead: number[] = [];
  const polling: number[] = [];
  const library: number[] = [];
  const forced: number[] = [];
  try {
    for (let turn = 0; turn < 20; turn += 1) polling.push(await cancel(worker, image, { work: "wait" }, { work: "cast" }));
    for (let turn = 0; turn < 25; turn += 1) {
      // the network takes some seconds for this tile: the cancel comes when it has begun
      library.push(await cancel(network as Worker, large, { tiles: [1, 1] }, null, 300));
    }
    for (let turn = 0; turn < 5; turn += 1) forced.push(await cancel(worker, image, { work: "stubborn" }, { work: "cast" }));
    for (let turn = 0; turn < 10; turn += 1) {
      dead.push(await kill(worker));
      await worker.run(image); // a new process
    }
  } finally {
    await Promise.all([worker.close(), network.close()]);
  }
  return {
    name: "recovery",
    text: `From the abort to the answer of the next call: a model that polls every 2 ms; StarDist on ONNX Runtime inside one tile of 2048 x 2048 (to the end of the cancelled call); a model that does not listen, with \`cancelGraceMs: ${graceMs}\`, the loading of the new process left out. And from a SIGKILL to the error of the call that was running.`,
    rows: [
      { way: "cancel, the model polls", ms: summarize(polling) },
      { way: "cancel, ONNX Runtime is stopped", ms: summarize(library) },
      { way: "cancel, forced, loading left out", ms: summarize(forced) },
      { way: "a dead worker is noticed", ms: summarize(dead) },
    ],
    figures: {
      "recovery-polling-ms": summarize(polling).p95,
      "recovery-library-ms": summarize(library).p95,
      "recovery-forced-ms": summarize(forced).p95,
      "recovery-dead-ms": summarize(dead).p95,
    },
  };
}

/** Milliseconds from the abort of a call that has begun to the answer of the next one, or to its own end. */
async function cancel(worker: Worker, input: Image, params: Params, next: Params | null, waitMs = 0): Promise<number> {
  const stop = new AbortController();
  let since = 0;
  const abort = () => {
    since = performance.now();
    stop.abort();
  };
  let begun = false;
  const onProgress = () => {
    if (!begun) setTimeout(abort, waitMs);
    begun = true;
  };
  const error = await worker.run(input, params, { signal: stop.signal, onProgress }).catch((thrown: unknown) => thrown);
  if (!isParfocalError(error, "CANCELLED")) throw new Error("the call was not cancelled", { cause: error });
  if (next === null) return performance.now() - since;
  const { timing } = await worker.run(image, next);
  return performance.now() - since - timing.loadMs;
}

async function kill(worker: Worker): Promise<number> {
  let since = 0;
  const onProgress = () => {
    if (since === 0) {
      since = performance.now();
      process.kill(worker.pid!, "SIGKILL");
    }
  };
  const error = await worker.run(image, { work: "wait" }, { onProgress }).catch((thrown: unknown) => thrown);
  if (!isParfocalError(error, "WORKER_CRASHED")) throw new Error("the worker did not crash", { cause: error });
  return performance.now() - since;
}
