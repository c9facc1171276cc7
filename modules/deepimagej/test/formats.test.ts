import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createNdArray,
  ensureEnvironment,
  type Image,
  matchLabels,
  type NdArray,
  readNpy,
  standaloneCommand,
  writeNpy,
} from "@parfocal/core";
import { describeShared } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { execa } from "execa";
import { zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { deepimagej } from "../src/index.ts";

const models = fileURLToPath(new URL("models/", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "parfocal formats "));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a script of `models/` in one of the module's environments. */
async function runScript(profile: string, script: string, ...args: readonly string[]): Promise<void> {
  const { python } = await ensureEnvironment(deepimagej.handle, { device: "cpu", profile });
  await execa(python, ["-I", "-X", "utf8", join(models, script), ...args]);
}

/** An image of two axes out of an array with further axes of length 1. */
function asPlane(array: NdArray): Image {
  return { ...array, shape: array.shape.filter((length) => length > 1), axes: "yx" };
}

function largestDifference(a: NdArray, b: NdArray): number {
  expect(a.data.length).toBe(b.data.length);
  let largest = 0;
  for (let i = 0; i < a.data.length; i += 1) largest = Math.max(largest, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  return largest;
}

/** Shared pixels by all pixels of two masks, anything but 0 being in it. */
function maskIou(a: NdArray, b: NdArray): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.data.length; i += 1) {
    const [inA, inB] = [Number(a.data[i]) !== 0, Number(b.data[i]) !== 0];
    if (inA && inB) both += 1;
    if (inA || inB) either += 1;
  }
  return both / either;
}

describeShared("nuclei-broad, of the BioImage Model Zoo", (data) => {
  const model = join(data, "nuclei-broad");

  it("equals its test tensors on ONNX Runtime, and parts nuclei of another image with a watershed", async () => {
    await using worker = await deepimagej.start({ device: "cpu", params: { model } });
    const result = await worker.run(asPlane(await readNpy(join(model, "test_input.npy"))));
    expect(largestDifference(result.output, await readNpy(join(model, "test_output.npy")))).toBeLessThan(1e-4);
    expect(result.provenance).toMatchObject({ profile: "onnx", worker: { weightsFormat: "onnx", description: "0.5.4" } });

    const image = await readImage(join(data, "stardist-samples", "img2d.tif"), { axes: "yx" });
    const truth = await readImage(join(data, "stardist-samples", "mask2d.tif"), { axes: "yx" });
    const { labels } = await worker.run(image, { postStep: "watershed" });
    expect(matchLabels(truth, labels, 0.5).f1).toBeGreaterThanOrEqual(0.75);
  });

  it("refuses its TorchScript, and equals its test tensors with it once it is trusted", async () => {
    const params = { model, weightsFormat: "torchscript" } as const;
    await expect(deepimagej.start({ device: "cpu", params })).rejects.toMatchObject({
      code: "MODEL_NOT_TRUSTED",
      hint: expect.stringContaining("--trust"),
    });
    await using worker = await deepimagej.start({ device: "cpu", params: { ...params, trust: true } });
    const result = await worker.run(asPlane(await readNpy(join(model, "test_input.npy"))));
    expect(largestDifference(result.output, await readNpy(join(model, "test_output.npy")))).toBeLessThan(1e-4);
    expect(result.provenance.profile).toBe("torch");
  });
});

describeShared("pancreatic-cells, of DeepImageJ", (data) => {
  const model = join(data, "pancreatic-cells");

  it("equals its published mask, by rdf.yaml and by config.xml", async () => {
    const given = asPlane(await readNpy(join(model, "exampleImage.npy")));
    const published = await readNpy(join(model, "resultImage.npy"));
    await using worker = await deepimagej.start({ device: "cpu", params: { model } });
    const result = await worker.run(given);
    expect(maskIou(result.output, published)).toBeGreaterThanOrEqual(0.999);
    expect(maskIou(result.labels, published)).toBeGreaterThanOrEqual(0.999);
    expect(result.provenance).toMatchObject({ profile: "torch", worker: { weightsFormat: "keras_hdf5", description: "0.3.2" } });

    await using old = await deepimagej.start({ device: "cpu", params: { model: join(model, "config.xml") } });
    const scaled = createNdArray("float32", given.shape);
    for (let i = 0; i < scaled.data.length; i += 1) scaled.data[i] = Number(given.data[i]) / 255;
    const { labels, warnings } = await old.run({ ...scaled, axes: "yx" });
    expect(maskIou(labels, published)).toBeGreaterThanOrEqual(0.999);
    expect(warnings.filter((text) => text.includes("was not run"))).toEqual([
      expect.stringMatching(/^the macro preprocessing\.txt was not run: there is no .*preprocessing\.txt$/),
      expect.stringMatching(/^the macro postprocessing\.txt was not run: there is no .*postprocessing\.txt$/),
    ]);
  });

  it("agrees with itself as a SavedModel, out of a zip in a zip", async () => {
    const saved = join(scratch, "saved");
    await runScript("tensorflow", "make_saved_model.py", join(model, "unet_pancreatic_cell_segmentation.h5"), saved);
    const [head] = readFileSync(join(model, "rdf.yaml"), "utf8").split("    postprocessing:");
    const rdf = `${head}weights: { tensorflow_saved_model_bundle: { source: ./bundle.zip } }\n`.replace(
      /^weights:\n(?: .*\n)+/m,
      "",
    );
    const bundle = zipSync(filesBelow(saved));
    const zip = join(scratch, "pancreatic.zip");
    writeFileSync(zip, zipSync({ "rdf.yaml": new TextEncoder().encode(rdf), "bundle.zip": bundle }));

    const given = asPlane(await readNpy(join(model, "exampleImage.npy")));
    const folder = join(scratch, "keras");
    cpSync(model, folder, { recursive: true });
    writeFileSync(
      join(folder, "rdf.yaml"),
      rdf.replace(/^weights:.*$/m, "weights: { keras_hdf5: { source: unet_pancreatic_cell_segmentation.h5 } }"),
    );
    await using keras = await deepimagej.start({ device: "cpu", params: { model: folder } });
    const expected = await keras.run(given);
    await keras.close();
    await using worker = await deepimagej.start({ device: "cpu", params: { model: zip } });
    const result = await worker.run(given);
    expect(result.provenance.profile).toBe("tensorflow");
    expect(result.output.dtype).toBe("float32");
    expect(largestDifference(result.output, expected.output)).toBeLessThan(1e-4);
  });
});

describe("a state dict", () => {
  it("is refused, then runs its network's code once it is trusted", async () => {
    const model = join(scratch, "state dict");
    cpSync(join(models, "net.py"), join(model, "net.py"));
    cpSync(join(models, "state-dict.yaml"), join(model, "rdf.yaml"));
    await runScript("torch", "make_state_dict.py", model);
    await expect(deepimagej.start({ device: "cpu", params: { model } })).rejects.toMatchObject({
      code: "MODEL_NOT_TRUSTED",
      message: expect.stringContaining("the network of a state dict is Python code that comes with the model"),
    });
    await using worker = await deepimagej.start({ device: "cpu", params: { model, trust: true } });
    const image = createNdArray("float32", [12, 12]);
    for (const y of [4, 5, 6]) for (const x of [4, 5, 6]) image.data[y * 12 + x] = 1;
    const { output, labels } = await worker.run({ ...image, axes: "yx" });
    expect(Number(output.data[5 * 12 + 5])).toBeCloseTo(1 / (1 + Math.exp(-4.5)), 5); // all nine pixels are bright
    expect(Number(output.data[0])).toBeCloseTo(1 / (1 + Math.exp(4.5)), 5);
    expect(labels.data.reduce((count, id) => count + (id > 0 ? 1 : 0), 0)).toBe(5); // the middle and its four neighbours
  });
});

describe("a Keras file with a Lambda layer", () => {
  it("is refused, by the worker too, then runs once it is trusted", async () => {
    const model = join(scratch, "lambda");
    cpSync(join(models, "lambda.yaml"), join(model, "rdf.yaml"));
    await runScript("torch", "make_lambda.py", model);
    await expect(deepimagej.start({ device: "cpu", params: { model } })).rejects.toMatchObject({
      code: "MODEL_NOT_TRUSTED",
      message: expect.stringContaining("a Lambda layer is Python code inside the file"),
    });
    await using worker = await deepimagej.start({ device: "cpu", params: { model, trust: true } });
    const image = createNdArray("float32", [9, 8]);
    image.data.set([1, 2, 3]);
    const { output } = await worker.run({ ...image, axes: "yx" });
    expect([...output.data].slice(0, 4)).toEqual([2, 4, 6, 0]);

    const [program, ...fixed] = standaloneCommand(worker.environment, deepimagej.handle);
    await writeNpy(join(scratch, "image.npy"), image);
    const files = ["--input", join(scratch, "image.npy"), "--output", join(scratch, "labels.npy"), "--axes", "yx"];
    const byHand = execa(program!, [...fixed, ...files, "--params", JSON.stringify({ model })]);
    await expect(byHand).rejects.toMatchObject({ stderr: expect.stringContaining("set trust (on the command line --trust)") });
  });
});

/** Content of all files below a folder, by path. */
function filesBelow(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => [relative(folder, path).replaceAll("\\", "/"), new Uint8Array(readFileSync(path))]),
  );
}
