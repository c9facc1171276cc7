import type { Fault } from "@parfocal/vitest-config/fault-record";
import { expect, test } from "vitest";
import { compareFaults, faultPage } from "./fault-table.ts";

const killed: Fault = { about: "Calls and workers", what: "the worker is killed", outcome: "WORKER_CRASHED" };
const full: Fault = { about: "Data and slots", what: "shared memory is full", outcome: "files | a warning" };

test("faults stand under their subjects, each once", () => {
  const page = faultPage([full, killed, killed]);
  expect(page.split("\n").filter((line) => /^(##|\|)/.test(line))).toEqual([
    "## Calls and workers",
    "| what goes wrong | what comes of it |",
    "| --- | --- |",
    "| the worker is killed | WORKER_CRASHED |",
    "## Data and slots",
    "| what goes wrong | what comes of it |",
    "| --- | --- |",
    "| shared memory is full | files \\| a warning |",
  ]);
});

test("a changed outcome is missing, and the old one was not seen", () => {
  const page = faultPage([killed, full]);
  expect(compareFaults(page, [killed, full])).toEqual({ missing: [], unseen: [] });
  expect(compareFaults(page, [{ ...killed, outcome: "nothing" }])).toEqual({
    missing: ["| the worker is killed | nothing |"],
    unseen: ["| the worker is killed | WORKER_CRASHED |", "| shared memory is full | files \\| a warning |"],
  });
});
