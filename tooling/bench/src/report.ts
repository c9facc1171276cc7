import { readFile } from "node:fs/promises";
import { cpus, totalmem, type } from "node:os";
import { z } from "zod";
import type { CaseResult } from "./case.ts";

const budgetSchema = z.record(z.string(), z.strictObject({ atMost: z.number(), what: z.string() }));
export type Budget = z.infer<typeof budgetSchema>;

/** One limit of the budget and what was measured for it. */
export interface Verdict {
  readonly key: string;
  readonly what: string;
  readonly measured: number | null;
  readonly atMost: number;
  readonly ok: boolean;
}

export async function readBudget(path: URL): Promise<Budget> {
  return budgetSchema.parse(JSON.parse(await readFile(path, "utf8")));
}

/** Compares figures with the budget; a figure that was not measured in a full run is missed. */
export function judge(results: readonly CaseResult[], budget: Budget, partial: boolean): Verdict[] {
  const figures = Object.assign({}, ...results.map((result) => result.figures)) as Record<string, number>;
  return Object.entries(budget)
    .filter(([key]) => !partial || key in figures)
    .map(([key, { atMost, what }]) => ({
      key,
      what,
      atMost,
      measured: figures[key] ?? null,
      ok: key in figures && figures[key]! <= atMost,
    }));
}

/** The machine that figures were measured on. */
export function describeMachine(): string {
  const [processor] = cpus();
  return `${cpus().length} x ${processor?.model ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.versions.node}`;
}

/** The page `docs/reference/benchmarks.md`. */
export function formatReport(
  results: readonly CaseResult[],
  verdicts: readonly Verdict[],
  machine: string,
  date: string,
): string {
  const lines = [
    "# Benchmarks",
    "",
    "Written by `pnpm bench`. Compare figures of one table only: they were measured in turns, in one run.",
    "",
  ];
  lines.push(`Machine: ${machine}. Date: ${date}. Times in milliseconds.`, "");
  for (const { name, text, rows } of results) {
    lines.push(
      `## ${name[0]!.toUpperCase()}${name.slice(1)}`,
      "",
      text,
      "",
      "| way | min | p50 | p95 | n |",
      "| --- | ---: | ---: | ---: | ---: |",
    );
    for (const { way, ms } of rows) lines.push(`| ${way} | ${shown(ms.min)} | ${shown(ms.p50)} | ${shown(ms.p95)} | ${ms.n} |`);
    lines.push("");
  }
  lines.push("## Budget", "", "| what | at most | measured | |", "| --- | ---: | ---: | --- |");
  for (const { what, atMost, measured, ok } of verdicts) {
    lines.push(`| ${what} | ${atMost} | ${measured === null ? "not measured" : shown(measured)} | ${ok ? "met" : "missed"} |`);
  }
  return `${lines.join("\n")}\n`;
}

const shown = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0));
