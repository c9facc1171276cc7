import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Host } from "./host.ts";

/** A host in a process of its own, which takes one JSON request a line and answers each with a line; its errors go to our stderr. */
export function startLineHost(
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  deadlineMs = 120_000,
): Host {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, ...variables },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(request: object): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    // a worker of Appose says nothing any more once it got what it cannot read
    const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), deadlineMs);
    const { value, done } = await lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`${command.join(" ")} ended`);
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
