import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that takes one JSON request a line and answers each with a line; its errors go to our stderr. */
export interface Lines {
  /** @throws Error when the program has ended, also because it took longer than its deadline. */
  ask(request: object): Promise<unknown>;
  /** Ends its input, and waits for its end. */
  close(): Promise<void>;
}

export function startLines(
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  deadlineMs = 120_000,
): Lines {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, ...variables },
  });
  let cause: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      cause = error; // it could not be started
      resolve();
    });
  });
  child.stdin.on("error", (error) => {
    cause ??= error; // it is gone, which the request that waits is told
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      // a worker of Appose says nothing any more once it got what it cannot read
      const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), deadlineMs);
      const { value, done } = await lines.next();
      clearTimeout(timer);
      if (done) throw new Error(`${command.join(" ")} ended`, { cause });
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
