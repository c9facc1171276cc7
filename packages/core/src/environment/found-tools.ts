import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Settings } from "../contract/environment.ts";
import { homeFolders } from "./folders.ts";

const schema = z.record(z.string(), z.strictObject({ mtimeMs: z.number(), size: z.number(), answer: z.string() }));
type Found = z.infer<typeof schema>;

function read(path: string): Found {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // A memory that is missing or damaged is only a memory: the tools are asked again.
    return {};
  }
}

/**
 * Asks a program a question, or recalls its answer when the file has not changed since. Answers that are null are not kept.
 * The key says what was asked.
 */
export async function recallAnswer(
  settings: Settings,
  file: string,
  question: string,
  ask: () => Promise<string | null>,
): Promise<string | null> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return ask();
  const path = homeFolders(settings).foundTools;
  const key = `${question} ${file}`;
  const known = read(path)[key];
  if (known && known.mtimeMs === stat.mtimeMs && known.size === stat.size) return known.answer;
  const answer = await ask();
  if (answer !== null) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      const temporary = `${path}.${process.pid}`;
      const next: Found = { ...read(path), [key]: { mtimeMs: stat.mtimeMs, size: stat.size, answer } };
      writeFileSync(temporary, JSON.stringify(next, null, 1));
      renameSync(temporary, path);
    } catch {
      // Without the memory every build asks again; a home that cannot be written is reported by the build itself.
    }
  }
  return answer;
}
