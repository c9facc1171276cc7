import { expect, test } from "vitest";
import { renderDocstring } from "./render-docstring.ts";

test("sections become bold lines, entries a list", () => {
  const docstring =
    "Report how far the call is.\n\nParameters\n----------\ndone, total : int\n    Steps such as tiles.\nmessage : str\n    For people.\n\nRaises\n------\nCancelled\n    The call was cancelled.";
  expect(renderDocstring(docstring)).toBe(
    [
      "Report how far the call is.",
      "",
      "**Parameters**",
      "",
      "- `done, total`: int",
      "  Steps such as tiles.",
      "- `message`: str",
      "  For people.",
      "",
      "**Raises**",
      "",
      "- `Cancelled`",
      "  The call was cancelled.",
    ].join("\n"),
  );
});

test("text without sections stays as it is", () => {
  expect(renderDocstring("One line.\n\nAnother.")).toBe("One line.\n\nAnother.");
});
