import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureEnvironment, type Image, readModule, readNpy, readSettings, writeNpy } from "@parfocal/core";
import { expect, test } from "vitest";
import { cli, temporaryFolder, workspace } from "./support/cli.ts";
import { blobs } from "./support/images.ts";

test("a node, the command and TypeScript give the same labels", async () => {
  const folder = temporaryFolder();
  const home = join(folder, "home");
  mkdirSync(home);
  symlinkSync(join(readSettings().home, "e"), join(home, "e"));
  const variables = { PARFOCAL_HOME: home };
  const module = await readModule(join(workspace, "modules/threshold"));
  const { python } = await ensureEnvironment(module.handle, { device: "cpu" });
  const image = await readNpy(blobs);

  const script = join(folder, "node.py");
  expect(await cli(["ga3", "script", "threshold", "--min-size", "5", "-o", script], { variables })).toMatchObject({
    code: 0,
    stderr: "",
  });
  await writeNpy(join(folder, "frame.npy"), { ...image, shape: [1, 128, 128, 1] });
  writeFileSync(
    join(folder, "job.json"),
    JSON.stringify({ script: "node.py", inputs: [{ frames: ["frame.npy"] }], outputs: [{ kind: "binary" }] }),
  );
  try {
    const arguments_ = ["-X", "utf8", "-m", "ga3_emulator", join(folder, "job.json"), folder];
    const env = { ...process.env, PYTHONPATH: join(workspace, "packages/nis-elements/emulator"), PYTHONDONTWRITEBYTECODE: "1" };
    await promisify(execFile)(python, arguments_, { env });
    await cli(["run", "threshold", blobs, "--min-size", "5", "--format", "npy", "--device", "cpu", "-o", `${folder}/`], {
      variables,
    });
    const node = await readNpy(join(folder, "call-0-0.npy"));
    const command = await readNpy(join(folder, "blobs_labels.npy"));
    const { labels } = await module.run({ ...image, axes: "yx" } as Image, { minSize: 5 }, { device: "cpu" });
    expect([node.dtype, command.dtype]).toEqual(["int32", "int32"]);
    expect(node.data).toEqual(labels.data);
    expect(command.data).toEqual(labels.data);
  } finally {
    await cli(["daemon", "stop", "--now"], { variables });
  }
});

test("doctor finds all that a node needs here, and fails for a module whose environment is missing", async () => {
  const ready = await cli(["ga3", "doctor", "threshold"]);
  expect(ready).toMatchObject({ code: 0, stdout: expect.stringMatching(/ok +threshold environment +ready, cpu/) });
  expect(ready.stdout).toMatch(/ok +client +.*parfocal_ga3/);
  const bare = await cli(["ga3", "doctor", "threshold"], { variables: { PARFOCAL_HOME: temporaryFolder() } });
  expect(bare.code).toBe(1);
  expect(bare.stdout).toMatch(
    /error +threshold environment +not installed, and a node installs nothing\n +do: run `parfocal env install threshold`/,
  );
});
