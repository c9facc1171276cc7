import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Host } from "./host.ts";

/** A host written in Python that takes one JSON request a line and answers each with a line; its errors go to our stderr. */
export function startPythonHost(python: string, script: string, deadlineMs = 120_000): Host {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(request: object): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    // a worker of Appose says nothing any more once it got what it cannot read
    const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), deadlineMs);
    const { value, done } = await lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`${script} ended`);
    return JSON.parse(value);
  }
  return {
    async prepare(shape) {
      await ask({ shape });
    },
    run: async (work, calls) => (await ask({ work, calls })) as number[],
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
