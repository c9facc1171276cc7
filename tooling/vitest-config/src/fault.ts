import { TestRunner } from "vitest";
import type { Fault, FaultSubject } from "./fault-record.ts";

declare module "vitest" {
  interface TaskMeta {
    faults?: Fault[];
  }
}

/** Notes what came of a fault in the running test; to be called at its end, after what is said here was asserted. */
export function fault(about: FaultSubject, what: string, outcome: string): void {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error("fault() belongs into a test");
  test.meta.faults = [...(test.meta.faults ?? []), { about, what, outcome }];
}
