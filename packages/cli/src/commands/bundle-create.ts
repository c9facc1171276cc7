import type { BundlePlan, BundleProgress, BundleRequest } from "@parfocal/offline";
import { createBundle, isAccelerator, planBundle, targetNames } from "@parfocal/offline";
import { defineSimpleCommand } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { namedModule } from "../modules/named-module.ts";
import { usageError } from "../options/usage-error.ts";
import { packageFolder } from "../package-folder.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { renderBar } from "../terminal/progress.ts";
import { formatBytes } from "../text/format.ts";

const steps = { fetch: "fetching", hash: "hashing", write: "writing", check: "checking", copy: "copying" } as const;

/** Shows the step of a bundle that is being made or installed. */
export function showBundleProgress({ progress }: CliContext): (progress: BundleProgress) => void {
  return ({ step, message, bytes, totalBytes }) => {
    const share = totalBytes > 0 ? `${renderBar(bytes / totalBytes)} ${formatBytes(bytes)} of ${formatBytes(totalBytes)} ` : "";
    progress.update(`  ${steps[step].padEnd(8)} ${share}${message}`);
  };
}

function showPlan(plan: BundlePlan, { progress }: CliContext): void {
  const names = plan.locks.map(({ module, accelerator }) => `${module.name} ${module.version} (${accelerator})`);
  progress.line(`a bundle for ${plan.target.key} with ${names.join(", ")}`);
  progress.line(`  download  ${formatBytes(plan.downloadBytes)}`);
  progress.line(`  zip       about ${formatBytes(plan.zipBytes)}`);
  progress.line(`  installed about ${formatBytes(plan.installedBytes)}`);
  for (const { module } of plan.locks.filter(({ fallsBack }) => fallsBack)) {
    progress.line(`  ${module.name} has no ${plan.accelerator} packages for ${plan.target.key}: it will run on the processor`);
  }
  for (const minor of plan.missingPythons) {
    progress.line(`  Python ${minor} is not in it: it must be on the other PC, or give one with --python-dist`);
  }
}

/** Options that may be given several times in other programs are lists here. */
const listOf = (text: string | undefined): string[] =>
  text
    ?.split(",")
    .map((each) => each.trim())
    .filter(Boolean) ?? [];

export const bundleCreateCommand = defineSimpleCommand({
  meta: {
    name: "bundle create",
    description: "Put modules and all that they need into one zip, for a PC without a network",
    usage: "MODULE... [options]",
    examples: [
      ["bundle create stardist --platform windows --accelerator directml -o lab.zip", "for a Windows PC with any graphics card"],
      ["bundle create cellpose stardist --platform windows --dry-run", "how large it would be"],
    ],
    notes: [
      "The zip holds Node, uv, this command, the modules, the wheels of their locks and their weights, each with its sha256. Python comes along with --python-dist: " +
        "a build of python-build-standalone for the other PC (`install_only`). Without it, the other PC must have that Python.",
      "What was fetched is kept, so that a command that was interrupted goes on where it was.",
    ],
  },
  args: {
    modules: { type: "positional", required: false, description: "Names of installed modules, or folders of them" },
    platform: {
      type: "string",
      valueHint: "NAME",
      description: `The other PC: ${targetNames.join(", ")} (default: as this one)`,
    },
    accelerator: { type: "string", valueHint: "NAME", description: "cpu (default), cuda or directml" },
    output: { type: "string", alias: "o", valueHint: "FILE", description: "The zip to write (default parfocal-PLATFORM.zip)" },
    "python-dist": {
      type: "string",
      valueHint: "FOLDER",
      description: "Python for the other PC: its folder or .tar.gz; several with commas",
    },
    profile: { type: "string", valueHint: "NAME", description: "One of the modules' named environments" },
    weights: { type: "string", valueHint: "WHICH", description: "default (those that the default parameters need), all or none" },
    "dry-run": { type: "boolean", description: "Say what it would hold and how large it would be" },
  },
  needs: 1,
  many: true,
  async run({ context, options, positionals }) {
    const accelerator = options.text("accelerator") ?? "cpu";
    if (!isAccelerator(accelerator)) throw usageError(`"${accelerator}" is no accelerator`, "use cpu, cuda or directml");
    const weights = options.text("weights") ?? "default";
    if (weights !== "default" && weights !== "all" && weights !== "none") {
      throw usageError(`--weights cannot be "${weights}"`, "use default, all or none");
    }
    const modules = await Promise.all(positionals.map((name) => namedModule(name, context.cwd)));
    const request: BundleRequest = {
      modules,
      command: packageFolder,
      platform: options.text("platform"),
      accelerator,
      profile: options.text("profile"),
      weights,
      pythonDists: listOf(options.text("python-dist")),
      signal: context.signal,
      onMessage: (message) => context.progress.update(`  ${message}`),
    };
    if (options.flag("dry-run") === true) {
      const plan = await planBundle(request);
      context.progress.clear();
      const { downloadBytes, zipBytes, installedBytes, missingPythons, target, locks } = plan;
      const platform = target.key;
      const chosen = locks.map(({ module: { name, version }, accelerator: brought }) => ({
        name,
        version,
        accelerator: brought,
      }));
      if (context.json)
        writeJson(context, { type: "plan", platform, modules: chosen, downloadBytes, zipBytes, installedBytes, missingPythons });
      else showPlan(plan, { ...context, progress: { ...context.progress, line: (text) => context.terminal.out(`${text}\n`) } });
      return 0;
    }
    const created = await createBundle({
      ...request,
      output: options.text("output") ?? `parfocal-${request.platform ?? "bundle"}.zip`,
      onPlan: (plan) => showPlan(plan, context),
      onProgress: showBundleProgress(context),
      onEvent: createEventReporter(context.progress, context.terminal.errStyle, context),
    });
    context.progress.clear();
    const { path, bytes, contentBytes, files, id, missingPythons } = created;
    if (context.json) writeJson(context, { type: "bundle", path, bytes, contentBytes, files, id, missingPythons });
    else {
      const script = created.manifest.platform.startsWith("win32") ? "double-click install.cmd" : "run `sh install.sh`";
      context.terminal.out(`${path}  ${formatBytes(bytes)}, ${files} files, contents ${id.slice(0, 12)}\n`);
      context.terminal.out(`on the other PC: unpack it, then ${script} in the new folder\n`);
    }
    return 0;
  },
});
