import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PrepareTools, readSettings } from "@parfocal/core";
import { itShared } from "@parfocal/fixtures";
import { zipSync } from "fflate";
import { expect, it, onTestFinished } from "vitest";
import { type ModelParams, prepareModel } from "./prepare.ts";

const blobs = fileURLToPath(new URL("../weights/blobs/", import.meta.url));
const defaults: ModelParams = { model: "blobs", weightsFormat: "auto", trust: false };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parfocal deepimagej "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Tools for models that lie on this machine. */
function offlineTools(cacheFolder: string): PrepareTools {
  return { settings: readSettings(), cacheFolder, fetchFile: ({ url }) => Promise.reject(new Error(`asked for ${url}`)) };
}

const prepare = (params: Partial<ModelParams>, cacheFolder = temporaryFolder()) =>
  prepareModel({ ...defaults, ...params }, offlineTools(cacheFolder));

/** A copy of the bundled model with other weights in its description; the files named are there, with this content. */
function modelWith(weights: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  const text = readFileSync(join(blobs, "rdf.yaml"), "utf8");
  writeFileSync(join(folder, "rdf.yaml"), `${text.slice(0, text.indexOf("weights:"))}weights:\n${weights}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

it("resolves the bundled model to files and a profile, hash included", async () => {
  expect(await prepare({})).toEqual({
    profile: "onnx",
    params: {
      model: join(blobs, "."),
      descriptionFile: join(blobs, "rdf.yaml"),
      weightsFormat: "onnx",
      weightsFile: join(blobs, "weights.onnx"),
      weightsSha256: /sha256: (\w+)/.exec(readFileSync(join(blobs, "rdf.yaml"), "utf8"))![1],
      architectureFile: null,
    },
  });
});

it("opens a zip, with or without a folder inside, and unpacks it once", async () => {
  const cache = temporaryFolder();
  const content = ["rdf.yaml", "weights.onnx"].map((name) => [name, new Uint8Array(readFileSync(join(blobs, name)))] as const);
  for (const inside of ["", "blobs-model/"]) {
    const zip = join(cache, `${inside.length}.zip`);
    writeFileSync(zip, zipSync(Object.fromEntries(content.map(([name, bytes]) => [inside + name, bytes]))));
    const first = await prepare({ model: zip }, cache);
    expect(first.profile).toBe("onnx");
    expect(readFileSync(String(first.params?.weightsFile))).toEqual(readFileSync(join(blobs, "weights.onnx")));
    rmSync(String(first.params?.descriptionFile));
    await expect(prepare({ model: zip }, cache), "nothing is unpacked again").rejects.toMatchObject({ code: "WEIGHTS_MISSING" });
  }
});

it("refuses archives whose entries lie elsewhere, and files that are none", async () => {
  const cache = temporaryFolder();
  const zip = join(cache, "evil.zip");
  writeFileSync(zip, zipSync({ "../../evil.txt": new Uint8Array([1]) }));
  await expect(prepare({ model: zip }, cache)).rejects.toMatchObject({ code: "WEIGHTS_INVALID" });
  expect(existsSync(join(cache, "..", "evil.txt"))).toBe(false);
  writeFileSync(zip, "no zip");
  await expect(prepare({ model: zip }, cache)).rejects.toMatchObject({
    code: "WEIGHTS_INVALID",
    message: expect.stringContaining("cannot be unpacked"),
  });
});

it("says what is there and what is not", async () => {
  await expect(prepare({ model: "./no/such/model" })).rejects.toMatchObject({
    code: "WEIGHTS_MISSING",
    hint: expect.stringContaining("bundled model: blobs"),
  });
  const empty = temporaryFolder();
  await expect(prepare({ model: empty })).rejects.toMatchObject({
    message: `deepimagej: ${empty} holds no bioimageio.yaml, rdf.yaml, model.yaml or config.xml`,
  });
  const without = modelWith("  onnx: { source: gone.onnx }\n");
  await expect(prepare({ model: without })).rejects.toMatchObject({
    code: "WEIGHTS_MISSING",
    message: expect.stringContaining("is there: onnx (gone.onnx)"),
  });
  await expect(prepare({ weightsFormat: "torchscript" })).rejects.toMatchObject({
    message: expect.stringMatching(/there are no torchscript weights for .*rdf\.yaml; it names onnx \(weights\.onnx\)/),
  });
});

it("refuses weights whose hash is not the description's", async () => {
  const folder = temporaryFolder();
  cpSync(blobs, folder, { recursive: true });
  writeFileSync(join(folder, "weights.onnx"), "damaged");
  await expect(prepare({ model: folder })).rejects.toMatchObject({
    code: "WEIGHTS_INVALID",
    message: expect.stringMatching(/weights\.onnx has the sha256 \w{64}, the model's description says \w{64}/),
  });
});

it("refuses what executes code, with the reason, until it is trusted", async () => {
  const script = modelWith("  torchscript: { source: net.pt }\n", { "net.pt": "x" });
  await expect(prepare({ model: script })).rejects.toMatchObject({
    code: "MODEL_NOT_TRUSTED",
    message:
      "deepimagej: the weights net.pt (torchscript) would execute code on this computer: a TorchScript file is a program, not only numbers",
    hint: "if you trust where the model comes from, set trust (on the command line --trust)",
  });
  expect(await prepare({ model: script, trust: true })).toMatchObject({
    profile: "torch",
    params: { weightsFormat: "torchscript" },
  });

  const state = modelWith(
    "  pytorch_state_dict: { source: net.pth, architecture: { source: net.py, callable: Net, kwargs: {} } }\n",
    { "net.pth": "x", "net.py": "class Net: ..." },
  );
  await expect(prepare({ model: state })).rejects.toMatchObject({
    code: "MODEL_NOT_TRUSTED",
    message: expect.stringContaining("Python code that comes with the model"),
  });
  expect(await prepare({ model: state, trust: true })).toMatchObject({ params: { architectureFile: join(state, "net.py") } });

  const lambda = modelWith("  keras_hdf5: { source: net.h5 }\n", {
    "net.h5": `HDF${" ".repeat(2 ** 20)}"class_name": "Lambda",`,
  });
  await expect(prepare({ model: lambda })).rejects.toMatchObject({
    code: "MODEL_NOT_TRUSTED",
    message: expect.stringContaining("a Lambda layer is Python code inside the file"),
  });
});

it("takes the safest weights that are there, also where others are trusted", async () => {
  const all =
    "  pytorch_state_dict: { source: net.pth, architecture: 'net.py:Net' }\n  torchscript: { source: net.pt }\n" +
    "  tensorflow_saved_model_bundle: { source: saved }\n  keras_hdf5: { source: net.h5 }\n  onnx: { source: net.onnx }\n";
  const rest = { "net.pth": "x", "net.py": "", "net.pt": "x", "saved/saved_model.pb": "x" };
  const plain = `"class_name": "Conv2D"`;
  const chosen = async (files: Readonly<Record<string, string>>, params: Partial<ModelParams> = {}) =>
    (await prepare({ model: modelWith(all, files), trust: true, ...params })).params?.weightsFormat;
  expect(await chosen({ ...rest, "net.h5": plain, "net.onnx": "x" })).toBe("onnx");
  expect(await chosen({ ...rest, "net.h5": plain })).toBe("keras_hdf5");
  expect(await chosen({ ...rest, "net.h5": `"class_name":"Lambda"` }, { trust: false })).toBe("tensorflow_saved_model_bundle");
  expect(await chosen(rest)).toBe("tensorflow_saved_model_bundle");
  expect(await chosen({ "net.pt": "x", "net.pth": "x" })).toBe("torchscript");
  expect(await chosen({ ...rest, "net.onnx": "x" }, { weightsFormat: "pytorch_state_dict" })).toBe("pytorch_state_dict");
});

it("fetches safe weights rather than refuse those that are here, unless these are trusted", async () => {
  const weights = "  torchscript: { source: net.pt }\n  onnx: { source: 'https://example.org/net.onnx' }\n";
  const model = modelWith(weights, { "net.pt": "x" });
  await expect(prepare({ model })).rejects.toThrow("asked for https://example.org/net.onnx");
  expect(await prepare({ model, trust: true })).toMatchObject({ params: { weightsFormat: "torchscript" } });
});

it("unpacks a SavedModel, and finds the weights beside a config.xml", async () => {
  const bundle = zipSync({ "saved_model.pb": new Uint8Array([1]), "variables/variables.index": new Uint8Array([2]) });
  const folder = modelWith("  tensorflow_saved_model_bundle: { source: tf.zip }\n");
  writeFileSync(join(folder, "tf.zip"), bundle);
  const prepared = await prepare({ model: folder });
  expect(prepared.profile).toBe("tensorflow");
  expect(existsSync(join(String(prepared.params?.weightsFile), "variables", "variables.index"))).toBe(true);

  const old = temporaryFolder();
  writeFileSync(join(old, "config.xml"), "<Model/>");
  await expect(prepare({ model: old })).rejects.toMatchObject({ message: expect.stringContaining("config.xml and no weights") });
  writeFileSync(join(old, "saved_model.pb"), "x");
  expect(await prepare({ model: old })).toMatchObject({ profile: "tensorflow", params: { weightsFile: old } });
});

it("refuses descriptions that are damaged", async () => {
  for (const [text, words] of [
    ["weights: [", "is no YAML"],
    ["name: a", "is no description of a model"],
    ["name: a\nweights: { onnx: { } }", "is no description of a model"],
  ] as const) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "rdf.yaml"), text);
    await expect(prepare({ model: folder })).rejects.toMatchObject({
      code: "WEIGHTS_INVALID",
      message: expect.stringContaining(words),
    });
  }
});

it("asks the zoo for an id, and an address for itself", async () => {
  await expect(prepare({ model: "affable-shark" })).rejects.toThrow(
    "asked for https://hypha.aicell.io/bioimage-io/artifacts/affable-shark/files/rdf.yaml",
  );
  await expect(prepare({ model: "https://example.org/models/1/rdf.yaml" })).rejects.toThrow(
    "asked for https://example.org/models/1/rdf.yaml",
  );
});

itShared("real models: what is here decides, addresses in their descriptions are not asked", async (data) => {
  const nuclei = { model: join(data, "nuclei-broad") };
  expect(await prepare(nuclei)).toMatchObject({ profile: "onnx", params: { weightsFormat: "onnx" } });
  await expect(prepare({ ...nuclei, weightsFormat: "torchscript" })).rejects.toMatchObject({ code: "MODEL_NOT_TRUSTED" });
  const pancreatic = join(data, "pancreatic-cells");
  const keras = { profile: "torch", params: { weightsFormat: "keras_hdf5" } };
  expect(await prepare({ model: pancreatic })).toMatchObject(keras);
  const old = await prepare({ model: join(pancreatic, "config.xml") });
  expect(old).toMatchObject(keras);
  expect(basename(String(old.params?.weightsFile))).toBe("unet_pancreatic_cell_segmentation.h5");
});
