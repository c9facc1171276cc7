import type { Readable, Writable } from "node:stream";
import { select, text } from "@clack/prompts";
import { isParfocalError, ParfocalError } from "@parfocal/core";
import { type PartialModule, splitList } from "./arguments.ts";
import { checkAxes, checkDescription, readDependencies } from "./check-answers.ts";
import type { NewModule } from "./create-module.ts";
import type { ModuleForm } from "./module-files.ts";
import { readModuleName } from "./module-name.ts";

export interface AskOptions {
  readonly input?: Readable;
  readonly output?: Writable;
  readonly signal?: AbortSignal;
}

function answered<T extends string>(answer: T | symbol): T {
  if (typeof answer !== "symbol") return answer;
  throw new ParfocalError("CANCELLED", "no module was made", { hint: "run the same command again when you like" });
}

/** What is wrong with an answer, in one line; undefined when it can be used. */
function problemWith(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isParfocalError(error)) return `${error.message}; ${error.hint}`;
    throw error;
  }
}

/**
 * Asks on a terminal for what was not given. Every answer is checked at once.
 *
 * @throws ParfocalError CANCELLED when the user presses Ctrl-C or Escape.
 */
export async function askForModule(given: PartialModule, options: AskOptions = {}): Promise<NewModule> {
  const ask = async (message: string, placeholder: string, check: (answer: string) => unknown): Promise<string> =>
    answered(
      await text({
        ...options,
        message,
        placeholder,
        defaultValue: placeholder,
        validate: (answer = "") => problemWith(() => check(answer || placeholder)),
      }),
    );

  const name = given.name ?? (await ask("What is it called?", "nuclei-finder", readModuleName));
  const form =
    given.form ??
    answered<ModuleForm>(
      await select<ModuleForm>({
        ...options,
        message: "What do you want to write?",
        options: [
          { value: "typescript", label: "An npm package", hint: "Python worker, parameters in TypeScript" },
          { value: "python", label: "Python alone", hint: "parameters as JSON Schema in module.json" },
        ],
      }),
    );
  const description =
    given.description ?? (await ask("What does it find, in one line?", "Finds bright objects", checkDescription));
  const packages = "numpy, scipy";
  const dependencies =
    given.dependencies ??
    splitList(await ask("Which Python packages does it need?", packages, (answer) => readDependencies(splitList(answer)))).filter(
      (each) => !packages.split(", ").includes(each),
    );
  const axes =
    given.axes ??
    splitList(await ask("Which axes have its images? Most wanted first.", "yx", (answer) => checkAxes(splitList(answer))));
  return { name, form, description, dependencies, axes, folder: given.folder, lock: given.lock ?? true };
}
