import { readFileSync } from "node:fs";
import type { Accelerator } from "@parfocal/core";
import { parse } from "smol-toml";
import { z } from "zod";

const requirements = z.array(z.string());

/** What an accelerator adds to the dependencies; a bare list stands for its requirements. */
const accelerator = z.union([
  requirements.transform((list) => ({ requirements: list })),
  z.strictObject({
    requirements,
    /** Platforms to lock for; default: all on which the accelerator exists and every package has a wheel. */
    platforms: z.array(z.string()).optional(),
    /** Torch backend of uv that local versions come from, for example "cpu" or "cu130". */
    "torch-backend": z.string().optional(),
  }),
]);

const accelerators = z.partialRecord(z.enum(["cpu", "cuda", "directml"]), accelerator);

const schema = z.object({
  project: z.object({ "requires-python": z.string(), dependencies: requirements.default([]) }),
  "dependency-groups": z.object({ test: requirements.optional() }).default({}),
  tool: z.object({
    parfocal: z.strictObject({
      accelerators: accelerators.optional(),
      profiles: z
        .record(z.string(), z.strictObject({ dependencies: requirements.default([]), accelerators: accelerators.optional() }))
        .optional(),
    }),
  }),
});

/** One lock to write: what is asked for and for where. */
export interface LockRequest {
  readonly profile: string;
  /** File name without ".txt": an accelerator, or "test". */
  readonly name: string;
  readonly accelerator: Accelerator | null;
  readonly requirements: readonly string[];
  readonly platforms: readonly string[] | null;
  readonly torchBackend: string | null;
}

export interface Pyproject {
  /** For example "3.11". */
  readonly pythonMinor: string;
  /** By profile, accelerators first. */
  readonly requests: readonly LockRequest[];
}

/** Reads which locks a `pyproject.toml` asks for. */
export function readPyproject(path: string): Pyproject {
  const parsed = schema.safeParse(parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const { project, tool, "dependency-groups": groups } = parsed.data;
  const minor = /^(?:==\s*(\d+\.\d+)\.\*|>=\s*(\d+\.\d+)(?:\.0)?\s*,\s*<\s*\d+\.\d+)$/.exec(project["requires-python"]);
  const pythonMinor = minor?.[1] ?? minor?.[2];
  if (!pythonMinor) throw new Error(`${path}: requires-python must name one minor version, such as "==3.11.*"`);
  const profiles = tool.parfocal.profiles ?? { default: { dependencies: [], accelerators: undefined } };
  const requests = Object.entries(profiles).flatMap(([profile, own]): LockRequest[] => {
    const wanted = own.accelerators ?? tool.parfocal.accelerators ?? { cpu: { requirements: [] } };
    const shared = [...project.dependencies, ...own.dependencies];
    const locks = Object.entries(wanted).map(
      ([name, given]): LockRequest => ({
        profile,
        name,
        accelerator: name as Accelerator,
        requirements: [...shared, ...given.requirements],
        platforms: ("platforms" in given ? given.platforms : undefined) ?? null,
        torchBackend: ("torch-backend" in given ? given["torch-backend"] : undefined) ?? null,
      }),
    );
    const test = groups.test ?? [];
    const extra = { profile, name: "test", accelerator: null, requirements: test, platforms: null, torchBackend: null };
    return test.length > 0 ? [...locks, extra] : locks;
  });
  return { pythonMinor, requests };
}
