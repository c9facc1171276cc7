import { spawn } from "node:child_process";
import { type InstalledBundle, type InstallPlan, installBundle } from "@parfocal/offline";
import { defineSimpleCommand } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { formatBytes } from "../text/format.ts";
import { showBundleProgress } from "./bundle-create.ts";

function showPlan(
  { manifest, place, root, contentBytes, installedBytes, freeBytes, missingPythons }: InstallPlan,
  { progress }: CliContext,
): void {
  progress.line(
    `${place}: ${manifest.modules.map(({ name, version }) => `${name} ${version}`).join(", ")} for ${manifest.platform}, ${manifest.accelerator}`,
  );
  progress.line(`  to        ${root}`);
  progress.line(
    `  size      ${formatBytes(contentBytes)}, with environments about ${formatBytes(installedBytes)}; ${formatBytes(freeBytes)} free`,
  );
  for (const minor of missingPythons) {
    progress.line(
      `  Python ${minor} is not in this bundle and must be on this PC: install it (for you alone) from the installer of python.org, then go on`,
    );
  }
}

/** Runs the installed command, whose settings are those of the new place; its exit code. */
function runInstalled({ node, cli }: InstalledBundle, args: readonly string[], { signal }: CliContext): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [cli, ...args], { stdio: ["ignore", 2, 2], signal, windowsHide: true });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function typed(path: string): string {
  return /^[\w/\\:.-]+$/.test(path) ? path : `"${path}"`;
}

export const bundleInstallCommand = defineSimpleCommand({
  meta: {
    name: "bundle install",
    description: "Install a bundle for this user, without a network",
    usage: "BUNDLE [options]",
    examples: [
      ["bundle install lab.zip", "into Parfocal's home"],
      ["bundle install lab.zip --to D:\\parfocal", "into another folder"],
      ["bundle install lab.zip --dry-run", "check every file, change nothing"],
    ],
    notes: [
      "Every file is checked before anything is written. A bundle that comes later adds its modules. An installation that was interrupted goes on when it is started again.",
    ],
  },
  args: {
    bundle: { type: "positional", required: false, description: "The zip, or the folder it was unpacked to" },
    to: { type: "string", valueHint: "FOLDER", description: "Where to install (default: Parfocal's home)" },
    environments: {
      type: "boolean",
      description: "Build the environments now (default; --no-environments leaves it to the first run)",
    },
    "dry-run": { type: "boolean", description: "Check the bundle and say what it takes; change nothing" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const dryRun = options.flag("dry-run") === true;
    const installed = await installBundle({
      bundle: positionals[0]!,
      to: options.text("to"),
      dryRun,
      signal: context.signal,
      onPlan: (plan) => showPlan(plan, context),
      onProgress: showBundleProgress(context),
    });
    context.progress.clear();
    if (installed === null) {
      if (context.json) writeJson(context, { type: "checked", ok: true });
      else context.terminal.out("every file is as it must be; nothing was changed\n");
      return 0;
    }
    let code = 0;
    if (options.flag("environments") !== false) {
      for (const { name, profile } of installed.manifest.modules) {
        const quiet = context.quiet ? ["--quiet"] : [];
        code ||= await runInstalled(installed, ["env", "install", name, "--profile", profile, "--no-weights", ...quiet], context);
      }
    }
    const { command, commandFolder, root, id } = installed;
    if (context.json) writeJson(context, { type: "installed", root, command, commandFolder, id, environments: code === 0 });
    else {
      const name = installed.manifest.modules[0]?.name ?? "threshold";
      context.terminal.out(
        `${code === 0 ? "installed" : "installed, but an environment is missing: see above, then install again"}\n`,
      );
      context.terminal.out(`type this to use it:   ${typed(command)} run ${name} image.tif\n`);
      context.terminal.out(`or put this on PATH:   ${commandFolder}\n`);
    }
    return code;
  },
});
