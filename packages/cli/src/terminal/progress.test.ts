import { describe, expect, it } from "vitest";
import { createProgress, renderBar } from "./progress.ts";
import { createTerminal } from "./terminal.ts";

function fakeTerminal(isTTY: boolean, variables: Record<string, string> = {}) {
  const written: string[] = [];
  const stderr = { write: (text: string) => written.push(text), isTTY, columns: 40 };
  const terminal = createTerminal({ stdout: { write: () => true, isTTY }, stderr, variables, color: true });
  return { terminal, written };
}

describe("createProgress", () => {
  it("redraws one line on a terminal and keeps lines above it", () => {
    const { terminal, written } = fakeTerminal(true);
    let now = 0;
    const progress = createProgress(terminal, { nowMs: () => now });
    progress.update("1/2");
    now += 100;
    progress.update("2/2");
    progress.line("done");
    progress.clear();
    expect(written.join("")).toBe("1/2\r\u001b[2K2/2\r\u001b[2Kdone\n2/2\r\u001b[2K");
  });

  it("redraws no more often than the eye can follow", () => {
    const { terminal, written } = fakeTerminal(true);
    let now = 0;
    const progress = createProgress(terminal, { nowMs: () => now });
    for (; now < 1000; now += 1) progress.update(String(now));
    expect(written.length).toBeLessThanOrEqual(13);
  });

  it("cuts what does not fit", () => {
    const { terminal, written } = fakeTerminal(true);
    createProgress(terminal).update("x".repeat(100));
    expect(written.join("")).toBe(`${"x".repeat(38)}…`);
  });

  it("elsewhere prints plain lines, progress at most every 10 seconds", () => {
    const { terminal, written } = fakeTerminal(false);
    let now = 0;
    const progress = createProgress(terminal, { nowMs: () => now });
    for (; now <= 25_000; now += 500) progress.update(`at ${now}`);
    progress.line("done");
    progress.clear();
    expect(written).toEqual(["at 10000\n", "at 20000\n", "done\n"]);
  });
});

describe("createTerminal", () => {
  it("has no colours with NO_COLOR, TERM=dumb or --no-color, and no bars in CI or on a dumb terminal", () => {
    const red = (variables: Record<string, string>) => fakeTerminal(true, variables).terminal.errStyle.red("x");
    expect(red({})).toBe("\u001b[31mx\u001b[39m");
    expect(red({ NO_COLOR: "1" })).toBe("x");
    expect(red({ NO_COLOR: "" })).toBe("\u001b[31mx\u001b[39m");
    expect(red({ TERM: "dumb" })).toBe("x");
    const stream = { write: () => true, isTTY: true };
    expect(createTerminal({ stdout: stream, stderr: stream, variables: {}, color: false }).outStyle.red("x")).toBe("x");
    expect(
      [{}, { CI: "1" }, { CI: "false" }, { TERM: "dumb" }].map(
        (v) => fakeTerminal(true, v as Record<string, string>).terminal.live,
      ),
    ).toEqual([true, false, true, false]);
    expect(fakeTerminal(false).terminal.live).toBe(false);
  });
});

describe("renderBar", () => {
  it("fills from left to right and stays within its width", () => {
    expect([-1, 0, 0.5, 1, 7].map((fraction) => renderBar(fraction, 4))).toEqual(["░░░░", "░░░░", "██░░", "████", "████"]);
  });
});
