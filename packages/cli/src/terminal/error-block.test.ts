import { fileURLToPath } from "node:url";
import { ParfocalError, readModule, resolveParams, toParfocalError } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { errorToJson, renderError } from "./error-block.ts";
import { createStyle } from "./style.ts";

const style = createStyle(false);
const failure = new ParfocalError("MODEL_ERROR", "stardist failed on an image of 512 x 512", {
  hint: "run it again with --verbose for the Python traceback",
  details: {
    pythonType: "ValueError",
    pythonTraceback:
      'Traceback (most recent call last):\n  File "worker.py", line 3, in predict\nValueError: operands could not be broadcast\n',
    stderrTail: ["loading", "a warning"],
    logPath: "/home/me/logs/stardist/1.log",
  },
});

describe("renderError", () => {
  it("says what failed, the cause in one line, the next step and the log", () => {
    expect(renderError(failure, style)).toMatchInlineSnapshot(`
      "error[MODEL_ERROR] stardist failed on an image of 512 x 512
        cause  ValueError: operands could not be broadcast
        hint   run it again with --verbose for the Python traceback
        log    /home/me/logs/stardist/1.log
      "
    `);
  });

  it("shows the traceback only when asked", () => {
    expect(renderError(failure, style, { verbose: true })).toMatchInlineSnapshot(`
      "error[MODEL_ERROR] stardist failed on an image of 512 x 512
        cause  ValueError: operands could not be broadcast
        hint   run it again with --verbose for the Python traceback
        log    /home/me/logs/stardist/1.log
        traceback
          Traceback (most recent call last):
            File "worker.py", line 3, in predict
          ValueError: operands could not be broadcast
        last lines
          loading
          a warning
      "
    `);
  });

  it("keeps to two lines where nothing more is known", () => {
    const error = new ParfocalError("USAGE", "`parfocal run` needs MODULE and INPUT", {
      hint: "`parfocal list` shows the modules",
    });
    expect(renderError(error, style)).toMatchInlineSnapshot(`
      "error[USAGE] \`parfocal run\` needs MODULE and INPUT
        hint   \`parfocal list\` shows the modules
      "
    `);
  });

  it("shows the message of what lies underneath", () => {
    const cause = new Error("EACCES: permission denied, open '/root/labels.tif'");
    const error = new ParfocalError("OUTPUT_UNWRITABLE", "results cannot be written to /root", {
      hint: "choose another place with -o",
      cause,
    });
    expect(renderError(error, style)).toMatchInlineSnapshot(`
      "error[OUTPUT_UNWRITABLE] results cannot be written to /root
        cause  EACCES: permission denied, open '/root/labels.tif'
        hint   choose another place with -o
      "
    `);
  });
});

describe("renderError of what Python said", () => {
  it("does not say it twice", () => {
    const details = { pythonTraceback: "Traceback\nparfocal_worker._errors.BadInputError: too small" };
    const error = new ParfocalError("INPUT_REJECTED", "stardist: too small", { hint: "give a larger image", details });
    expect(renderError(error, style)).toBe("error[INPUT_REJECTED] stardist: too small\n  hint   give a larger image\n");
  });
});

describe("renderError in the words of the command line", () => {
  it("says auto for null", async () => {
    const { manifest } = await readModule(fileURLToPath(new URL("../../../../modules/stardist", import.meta.url)));
    const render = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return renderError(toParfocalError(error), style);
      }
      throw new Error("it did not fail");
    };
    expect(render(() => resolveParams(manifest, { probThreshold: 2, nmsThreshold: 3 }))).toMatch(
      /probThreshold = 2: must be a number from 0 to 1, or auto; nmsThreshold = 3: must be a number from 0 to 1, or auto\n/,
    );
  });
});

describe("errorToJson", () => {
  it("has code, message and hint, and the traceback for programs", () => {
    expect(errorToJson(failure, "/data/a.tif")).toEqual({
      type: "error",
      input: "/data/a.tif",
      code: "MODEL_ERROR",
      message: failure.message,
      hint: failure.hint,
      pythonTraceback: failure.details.pythonTraceback,
      log: "/home/me/logs/stardist/1.log",
    });
  });
});
