import { describe, expect, test } from "vitest";
import { lintLock, readPins } from "./lint-lock.ts";

const hash = `--hash=sha256:${"a".repeat(64)}`;

describe("lintLock", () => {
  test("accepts pins with hashes, markers and comments", () => {
    const text = `# a comment\nnumpy==2.4.6 \\\n    ${hash} \\\n    ${hash}\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    ${hash}\ntorch==2.13.0+cpu ${hash}\n`;
    expect(lintLock(text)).toEqual([]);
    expect(readPins(text).pins.map(({ name, version, marker, hashes }) => [name, version, marker, hashes.length])).toEqual([
      ["numpy", "2.4.6", null, 2],
      ["colorama", "0.4.6", "sys_platform == 'win32'", 1],
      ["torch", "2.13.0+cpu", null, 1],
    ]);
  });

  test.each([
    ["numpy==1.0\n", 1, "numpy has no sha256"],
    [`# x\nnumpy>=1.0 ${hash}\n`, 2, "is not pinned with =="],
    [`numpy==1.* ${hash}\n`, 1, "is not pinned with =="],
    [`numpy===1.0 ${hash}\n`, 1, "is not pinned with =="],
    [`numpy ${hash}\n`, 1, "is not pinned with =="],
    ["numpy==1.0 --hash=md5:aa\n", 1, "not a sha256"],
    [`numpy @ file.whl ${hash}\n`, 1, "is a direct reference"],
    [`numpy==1.0 ${hash} # from https://somewhere\n`, 1, "names an address"],
    ["-e .\n", 1, "holds an option (-e)"],
    ["--index-url x\n", 1, "holds an option (--index-url)"],
    ["--find-links=x\n", 1, "holds an option (--find-links)"],
    ["-r other.txt\n", 1, "holds an option (-r)"],
    ["# nothing\n", 1, "holds no pin"],
  ])("refuses %j", (text, line, problem) => {
    expect(lintLock(text)).toContainEqual({ line, problem: expect.stringContaining(problem) });
  });
});
