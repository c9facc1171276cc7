import { isAbsolute, relative, sep } from "node:path";
import type { CreatedModule } from "./create-module.ts";

/** A path as one types it, so that it is seen to be one: relative with a dot where that is shorter, in quotes where it has spaces. */
function typed(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  const shown = inside === "" ? "." : inside.startsWith("..") || isAbsolute(inside) ? path : `.${sep}${inside}`;
  return /[\s'"&()]/.test(shown) ? `"${shown}"` : shown;
}

/** What was made, and the commands to go on with; each line of text by itself. */
export function nextSteps(created: CreatedModule, cwd: string): string[] {
  const { name, folder, form, inRepository, locks, lockProblem } = created;
  const place = typed(folder, cwd);
  const lines = [`${name}: ${place}`];
  if (lockProblem !== null)
    lines.push(`  its packages are not locked yet: ${lockProblem.message.split("\n")[0]}; ${lockProblem.hint}`);
  for (const { leftOut } of locks ?? []) {
    for (const { platform, reason } of leftOut) lines.push(`  not for ${platform}: ${reason}`);
  }
  const lock = locks === null ? [`${inRepository ? "pnpm lock" : "npx parfocal lock"} ${place}`] : [];
  const steps: Readonly<Record<string, readonly string[]>> = {
    python: [...lock, `npx parfocal test ${place}`, `npx parfocal run ${place} IMAGE`],
    typescript: [...lock, `cd ${place}`, "npm install", "npm test", "npx parfocal run . IMAGE"],
    repository: [...lock, "pnpm install", "pnpm docs", `pnpm turbo run build test:integration --filter=${created.packageName}`],
  };
  const worker = form === "python" ? "worker.py" : "python/worker.py";
  lines.push("next", ...(steps[inRepository ? "repository" : form] ?? []).map((step) => `  ${step}`));
  lines.push(`then make it your own, starting with ${worker}`);
  return lines;
}
