import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ParfocalEvent } from "../contract/events.ts";
import { createReporter } from "./report.ts";

const licence = { code: "MIT", weights: "MIT", trainingData: "none", redistribution: "yes" } as const;

describe("progress of a download", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  function collect() {
    const events: Extract<ParfocalEvent, { type: "weights-progress" }>[] = [];
    const reporter = createReporter("toy", { name: "nuclei", licence }, (event) => {
      if (event.type === "weights-progress") events.push(event);
    });
    return { events, say: reporter.progressOf("net") };
  }

  test("says the time that is left, from the speed since it began or went on", () => {
    const { events, say } = collect();
    say("going on with what is here", 400, 1000);
    say("downloading", 400, 1000);
    expect(events.at(-1)).not.toHaveProperty("etaMs");
    vi.advanceTimersByTime(1000);
    say("downloading", 600, 1000);
    expect(events.at(-1)).toMatchObject({ file: "net", bytes: 600, totalBytes: 1000, etaMs: 2000 });
    vi.advanceTimersByTime(2000);
    say("downloading", 700, null);
    expect(events.at(-1)).not.toHaveProperty("etaMs");
  });

  test("is told ten times a second, and when the file is whole", () => {
    const { events, say } = collect();
    for (let bytes = 1; bytes <= 1000; bytes += 1) {
      say("downloading", bytes, 1000);
      vi.advanceTimersByTime(1);
    }
    expect(events.map(({ bytes }) => bytes)).toEqual([1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1000]);
  });
});
