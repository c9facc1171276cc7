import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ensureEnvironment } from "@parfocal/core";
import { daemonCommand } from "@parfocal/server";
import { threshold } from "@parfocal/threshold";
import { afterTest, modulesHere } from "../../../server/test/support.ts";
import { clientFolder, importLine } from "../../src/index.ts";

export interface Script {
  readonly child: ChildProcess;
  /** The next thing it says with `say(...)`. */
  next<T>(): Promise<T>;
  /** Answers its `hear()`. */
  answer(): void;
}

/** What scripts of the tests share: items of a node, and a way to talk to the test. */
const head = `
import json
import os
import time
from types import SimpleNamespace

import numpy as np
from parfocal_ga3 import Aborted, ExternalModuleNode, GA3NodeMixin, ParfocalError


class Node(ExternalModuleNode, GA3NodeMixin):
    MODULE_NAME = "threshold"


def say(value):
    os.write(1, (json.dumps(value) + "\\n").encode())


def hear():
    return os.read(0, 100)


def item(data, **about):
    return SimpleNamespace(data=data, **about)


def stripes(height=64, width=80):
    y, x = np.mgrid[:height, :width]
    return (((y // 8) % 2 == 0) & ((x // 10) % 2 == 0)).astype(np.uint16) * 3000 + (x + y).astype(np.uint16)


def told(call):
    try:
        call()
    except ParfocalError as error:
        return {"code": error.code, "text": str(error)}
    return None


node = Node()
`;

/** Runs a script as a process of its own, in some Python with numpy, for the daemon of a home; it is ended after the test. */
export async function startScript(home: string, body: string, variables: Readonly<Record<string, string>> = {}): Promise<Script> {
  const { python } = await ensureEnvironment(threshold.handle, { device: "cpu" });
  const places = {
    clientFolder,
    daemonState: join(home, "daemon", "daemon.json"),
    daemonCommand: daemonCommand([modulesHere]),
    variables: {},
  };
  const child = spawn(python, ["-I", "-c", `${importLine(places, modulesHere)}\n${head}\n${body}`], {
    env: { ...process.env, ...variables },
    stdio: ["pipe", "pipe", "inherit"],
  });
  afterTest(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    async next<T>() {
      const { value, done } = await lines.next();
      if (done) throw new Error("the script ended before it said anything more");
      return JSON.parse(value as string) as T;
    },
    answer: () => void child.stdin!.write("go\n"),
  };
}
