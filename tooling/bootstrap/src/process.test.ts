import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

const module = JSON.stringify(new URL("./process.mjs", import.meta.url).href);
const node = JSON.stringify(process.execPath);

/** Starts a script that imports `run`, and reads what it prints as it comes. */
function start(body: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", `import { run } from ${module};\n${body}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const waiting = new Map<string, () => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    for (const [text, resolve] of waiting) if (output.includes(text)) resolve();
  });
  const sees = (text: string) =>
    new Promise<void>((resolve) => {
      if (output.includes(text)) resolve();
      else waiting.set(text, resolve);
    });
  return { child, sees, output: () => output };
}

it("gives a program's exit code, and passes arguments with spaces and quotes untouched", async () => {
  const script = JSON.stringify("console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = 3");
  const args = JSON.stringify(["two words", '"quoted" $HOME']);
  const { child, output } = start(`console.log(await run(${node}, ["-e", ${script}, ...${args}], process.env));`);
  await once(child, "close");
  expect(output()).toBe('["two words","\\"quoted\\" $HOME"]\n3\n');
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("on %s waits for the program to tidy up, and starts nothing more", async (signal, code) => {
  const tidy = `setInterval(() => {}, 1000); process.on("${signal}", () => { console.log("tidied"); process.exit(0); }); console.log("ready")`;
  // as turbo's command does: it waits for the real program and passes no signal on
  const wrapper = `require("node:child_process").spawnSync(${node}, ["-e", ${JSON.stringify(tidy)}], { stdio: "inherit" })`;
  const body = `await run(${node}, ["-e", ${JSON.stringify(wrapper)}], process.env);\nconsole.log("next step");`;
  const { child, sees, output } = start(body);
  await sees("ready");
  child.kill(signal);
  expect(await once(child, "close")).toEqual([code, null]);
  expect(output()).toBe("ready\ntidied\n");
});
