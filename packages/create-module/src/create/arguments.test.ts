import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { readArguments, splitList, withDefaults } from "./arguments.ts";
import { askForModule } from "./ask.ts";

test("commas part packages, not the versions of one", () => {
  expect(splitList("numpy>=2,<3, scikit-image ,torch")).toEqual(["numpy>=2,<3", "scikit-image", "torch"]);
  expect(splitList("")).toEqual([]);
});

test("what is not given has a default, but for the name", () => {
  const given = { name: "spots", "python-only": true, dependencies: "torch", axes: "zyx,yx", lock: false };
  expect(withDefaults(readArguments(given))).toEqual({
    name: "spots",
    form: "python",
    description: "Finds bright objects",
    dependencies: ["torch"],
    axes: ["zyx", "yx"],
    folder: undefined,
    lock: false,
  });
  expect(() => withDefaults(readArguments({}))).toThrow("a new module needs a NAME");
  expect(() => readArguments({ typescript: true, "python-only": true })).toThrow("exclude each other");
});

/** Answers the questions one by one, each as soon as it is asked; what was shown. */
async function answer(
  given: Parameters<typeof askForModule>[0],
  answers: readonly (readonly [question: RegExp, keys: string])[],
) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
  let shown = "";
  let unread = "";
  const left = [...answers];
  output.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    unread += chunk.toString();
    const [next] = left;
    if (next === undefined || !next[0].test(unread)) return;
    left.shift();
    unread = "";
    for (const key of next[1]) setImmediate(() => input.write(key));
  });
  const module = await askForModule(given, { input, output });
  expect(left).toEqual([]);
  return { module, shown };
}

describe("on a terminal", () => {
  test("everything that was not given is asked for, and wrong answers are explained", async () => {
    const { module, shown } = await answer({ lock: false }, [
      [/What is it called/, "Bad\r"],
      [/must be lower case letters/, "\u0008\u0008\u0008spots\r"],
      [/What do you want to write/, "\r"],
      [/What does it find/, "\r"],
      [/Which Python packages/, "torch>=2,<3, scipy\r"],
      [/Which axes/, "zyx\r"],
    ]);
    expect(shown.replace(/\s+/g, " ")).toContain("take for example bad");
    expect(module).toEqual({
      name: "spots",
      form: "typescript",
      description: "Finds bright objects",
      dependencies: ["torch>=2,<3"],
      axes: ["zyx"],
      folder: undefined,
      lock: false,
    });
  });

  test("what was given is not asked for; Ctrl-C ends it", async () => {
    const given = { name: "spots", form: "python", description: "Finds spots", dependencies: [] } as const;
    const { module, shown } = await answer(given, [[/Which axes/, "\r"]]);
    expect(module).toMatchObject({ ...given, axes: ["yx"], lock: true });
    expect(shown).not.toContain("called");
    await expect(answer({ name: "spots" }, [[/What do you want/, "\u0003"]])).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
