import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";

const packageFolder = fileURLToPath(new URL("../", import.meta.url));
const threshold = fileURLToPath(new URL("../../../modules/threshold/", import.meta.url));

/** What is wrong with each module, and the tests that must find it; no others. */
const broken: readonly { readonly name: string; readonly method: string; readonly found: readonly string[] }[] = [
  {
    name: "moody",
    method: `def predict(self, image, params, context):
        self.calls = getattr(self, "calls", 0) + 1
        outputs = super().predict(image, params, context)
        if self.calls > 1 and image.shape == (128, 128):
            outputs["labels"][0, 0] = 1
        return outputs`,
    found: ["gives the same labels twice"],
  },
  {
    name: "other-in-refine",
    method: `def refine(self, raw, params, context):
        outputs = super().refine(raw, params, context)
        if "kept" in raw:
            outputs["labels"] = np.roll(outputs["labels"], 3, axis=0)
        return outputs

    def predict(self, image, params, context):
        outputs = super().predict(image, params, context)
        if context.keep_raw:
            context.keep({"image": np.asarray(image), "kept": np.ones(1)})
        return outputs`,
    found: ["refines to what a full run gives"],
  },
  {
    name: "shifted",
    method: `def refine(self, raw, params, context):
        outputs = super().refine(raw, params, context)
        outputs["labels"] = np.roll(outputs["labels"], 9, axis=-1)
        return outputs`,
    found: ["reaches F1 0.95 at IoU 0.5 against the truth"],
  },
  {
    name: "with-gaps",
    method: `def refine(self, raw, params, context):
        outputs = super().refine(raw, params, context)
        outputs["labels"] *= 2
        return outputs`,
    found: ["gives int32 labels of the image's spatial shape, numbered from 1 without gaps"],
  },
  {
    name: "wraps",
    method: `def refine(self, raw, params, context):
        outputs = super().refine(raw, params, context)
        outputs["labels"] = outputs["labels"].astype(np.uint8).astype(np.int32)
        return outputs`,
    found: ["gives more than 255 objects a number each, where the model finds so many"],
  },
  {
    name: "afraid-of-nan",
    method: `def predict(self, image, params, context):
        if image.dtype.kind == "f" and np.isnan(image).any():
            os._exit(7)
        return super().predict(image, params, context)`,
    found: ["refuses NaN among the pixels, or gives labels", "lives on in the same process after all of this"],
  },
];

async function writeBroken(root: string, name: string, method: string): Promise<string> {
  const folder = join(root, name);
  for (const part of ["module.json", "python"]) await cp(join(threshold, part), join(folder, part), { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, "module.json"), "utf8"));
  await writeFile(join(folder, "module.json"), JSON.stringify({ ...manifest, name }));
  await rename(join(folder, "python", "worker.py"), join(folder, "python", "sound.py"));
  const worker = `import os\n\nimport numpy as np\nimport sound\n\n\nclass Model(sound.Model):\n    ${method}\n`;
  await writeFile(join(folder, "python", "worker.py"), worker);
  return folder;
}

interface JsonReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

it("finds what is wrong with a module, and nothing else", async () => {
  const root = await mkdtemp(join(tmpdir(), "parfocal broken "));
  try {
    const folders = await Promise.all(broken.map(({ name, method }) => writeBroken(root, name, method)));
    const report = join(root, "report.json");
    const args = ["run", "--config", "vitest.broken.config.ts", "--reporter=json", `--outputFile=${report}`];
    const vitest = fileURLToPath(new URL("./vitest.mjs", import.meta.resolve("vitest/package.json")));
    const env = { PARFOCAL_BROKEN_MODULES: JSON.stringify(folders) };
    const { exitCode } = await execa(process.execPath, [vitest, ...args], { cwd: packageFolder, env, reject: false });
    expect(exitCode).toBe(1);
    const { testResults } = JSON.parse(await readFile(report, "utf8")) as JsonReport;
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    for (const { name, found } of broken) {
      const own = results.filter(({ ancestorTitles }) => ancestorTitles[0] === `${name} as a Parfocal module`);
      expect(own.length, name).toBeGreaterThan(40);
      const failed = own.filter(({ status }) => status === "failed").map(({ title }) => title);
      expect(failed, name).toEqual(found);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
