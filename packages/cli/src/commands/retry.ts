import { resolve } from "node:path";
import { readSettings, resolveParams } from "@parfocal/core";
import type { ReadPartOptions } from "@parfocal/io";
import { defineSimpleCommand } from "../command.ts";
import { createMicroscopeReaders } from "../inputs/microscope-readers.ts";
import { moduleAgain } from "../modules/named-module.ts";
import { hasThumbnail } from "../qc/collect-qc.ts";
import { failedItems, readFailures } from "../run/failures-file.ts";
import { runItems } from "../run/run-items.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";

export const retryCommand = defineSimpleCommand({
  meta: {
    name: "retry",
    description: "Repeat the images of a batch that failed",
    usage: "OUTPUT_FOLDER [options]",
    examples: [
      ["retry results/", "with the parameters of the batch"],
      ["retry results/ --timeout 600", "with more time for each image"],
    ],
    notes: ["A batch lists what failed, and why, in failures.json beside its results; the list goes when nothing is left on it."],
  },
  args: {
    folder: { type: "positional", required: false, description: "Folder of the results" },
    timeout: { type: "string", valueHint: "SECONDS", description: "Give up on an image after this long (default as the batch)" },
    device: { type: "string", valueHint: "DEVICE", description: "Where to compute (default as the batch)" },
    offline: { type: "boolean", description: "Never use the network" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const { cwd, terminal, progress, signal, verbose } = context;
    const folder = resolve(cwd, positionals[0]!);
    const { readDevice, readTimeout } = await import("./run-arguments.ts");
    const file = await readFailures(folder);
    const module = await moduleAgain(file.module, file.moduleFolder, cwd);
    if (module.version !== file.version) progress.line(`note: ${module.name} is ${module.version} now, it was ${file.version}`);
    const onEvent = createEventReporter(progress, terminal.errStyle, { verbose });
    const offline = options.flag("offline") ?? file.offline;
    const microscopes = createMicroscopeReaders({ cwd, offline, signal, onEvent });
    const failed = failedItems(folder, file);
    const { missing } = failed;
    const batch = file.batch && { ...file.batch, runs: file.batch.runs.map((run) => resolve(folder, run)) };
    const places = new Map(batch?.runs.map((run, index) => [run, index]));
    const items = failed.items.map((item) => ({
      ...item,
      thumbnail: batch?.qc === true && hasThumbnail(places.get(item.outputs.run) ?? 0, places.size),
    }));
    try {
      return await runItems(
        items,
        missing,
        {
          module,
          params: resolveParams(module.manifest, file.params),
          device: readDevice(options.text("device") ?? file.device),
          reading: file.reading as ReadPartOptions,
          microscopes,
          timeoutMs: readTimeout(options.text("timeout")) ?? file.timeoutMs ?? undefined,
          offline,
          keepFilesIn: undefined,
          daemon: readSettings().daemon,
          onEvent,
          resume: false,
          failuresIn: folder,
          batch,
        },
        context,
      );
    } finally {
      await microscopes.close();
    }
  },
});
