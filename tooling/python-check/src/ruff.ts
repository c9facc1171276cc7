import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import { z } from "zod";
import type { Finding } from "./finding.ts";
import { fileKind, ruffSettings } from "./ruff-settings.ts";

const position = z.object({ row: z.int(), column: z.int() });
const edit = z.object({ content: z.string().nullable(), location: position, end_location: position });
const diagnosticsSchema = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: position,
    fix: z.object({ edits: z.array(edit) }).nullable(),
  }),
);
type Edit = z.infer<typeof edit>;

/** Rules whose fixes never change what a program does. */
const fixable = /^(I001|F401|UP\d+)$/;

/** Breaks of the lint rules, and whether the file is formatted, for one Python source. */
export function checkSource(path: string, source: string, ownPackages: readonly string[] = []): Finding[] {
  using workspace = openWorkspace(path, ownPackages);
  const findings = readDiagnostics(workspace, source).map(({ code, message, start_location: { row, column } }) => {
    return { path, row, column, rule: code ?? "syntax", message };
  });
  if (findings.some(({ rule }) => rule === "invalid-syntax")) return findings;
  const formatted = workspace.format(source);
  if (formatted !== source) {
    const row = firstDifference(source, formatted);
    findings.push({ path, row, column: 1, rule: "format", message: "is not formatted; run `pnpm fix`" });
  }
  return findings;
}

/** The source with imports sorted, unused ones removed, old syntax replaced, and formatted; unchanged when it cannot be parsed. */
export function fixSource(path: string, source: string, ownPackages: readonly string[] = []): string {
  using workspace = openWorkspace(path, ownPackages);
  let text = source;
  for (let round = 0; round < 10; round += 1) {
    const diagnostics = readDiagnostics(workspace, text);
    if (diagnostics.some(({ code }) => code === "invalid-syntax")) return source;
    const [next] = diagnostics.filter(({ code, fix }) => fix !== null && fixable.test(code ?? "")).map(({ fix }) => fix!.edits);
    if (next === undefined) break;
    text = applyEdits(text, next);
  }
  return workspace.format(text);
}

function openWorkspace(path: string, ownPackages: readonly string[]): Workspace {
  return new Workspace(ruffSettings(fileKind(path), ownPackages), PositionEncoding.Utf16);
}

function readDiagnostics(workspace: Workspace, source: string): z.infer<typeof diagnosticsSchema> {
  return diagnosticsSchema.parse(workspace.check(source));
}

function applyEdits(source: string, edits: readonly Edit[]): string {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  const offset = ({ row, column }: { row: number; column: number }) => (starts[row - 1] ?? source.length) + column - 1;
  return edits
    .toSorted((a, b) => offset(b.location) - offset(a.location))
    .reduce((text, { content, location, end_location }) => {
      return text.slice(0, offset(location)) + (content ?? "") + text.slice(offset(end_location));
    }, source);
}

function firstDifference(before: string, after: string): number {
  const lines = after.split("\n");
  const index = before.split("\n").findIndex((line, row) => line !== lines[row]);
  return index < 0 ? lines.length : index + 1;
}
