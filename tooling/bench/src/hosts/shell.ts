import { PythonShell } from "python-shell";
import type { Host } from "./host.ts";

/** python-shell kept alive, one line of JSON there and back: what a call without arrays costs at least. */
export function startShell(python: string, script: string): Host {
  const shell = new PythonShell(script, { pythonPath: python, mode: "json" });
  let answered = (_answer: unknown) => {};
  let failed = (_error: Error) => {};
  shell.on("message", (answer) => answered(answer));
  shell.on("close", () => failed(new Error("python-shell: Python ended")));
  return {
    async prepare() {},
    async run(_work, calls) {
      const times: number[] = [];
      for (let index = 0; index < calls; index += 1) {
        const since = performance.now();
        const answer = await new Promise<unknown>((resolve, reject) => {
          answered = resolve;
          failed = reject;
          shell.send({ index });
        });
        times.push(performance.now() - since);
        if ((answer as { index: number }).index !== index) throw new Error("python-shell: another answer than the one asked for");
      }
      return times;
    },
    close: () => new Promise((resolve, reject) => shell.end((error) => (error ? reject(error) : resolve()))),
  };
}
