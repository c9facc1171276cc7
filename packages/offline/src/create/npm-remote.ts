import { tmpdir } from "node:os";
import { httpGet } from "@parfocal/core";
import { execa } from "execa";
import { z } from "zod";
import { unreachable } from "../failures.ts";
import type { Remote } from "./fetch-remote.ts";

const view = z.object({ tarball: z.url(), integrity: z.string().regex(/^sha512-/) });

/**
 * Asks npm, with the user's own settings, where a version of a package is and what its hash is; and the server for its size.
 *
 * @throws ParfocalError ENV_NETWORK with npm's own words.
 */
export async function npmRemote(name: string, version: string, signal?: AbortSignal): Promise<Remote> {
  const what = `the npm package ${name}@${version}`;
  const args = ["view", `${name}@${version}`, "dist", "--json"];
  const run = await execa("npm", args, { cwd: tmpdir(), reject: false, ...(signal && { cancelSignal: signal }) });
  if (run.exitCode !== 0) {
    const said = run.stderr
      .split("\n")
      .map((line) => line.replace(/^npm (?:error|ERR!) /, ""))
      .find((line) => line !== "" && !line.startsWith("npm warn") && !line.startsWith("code "));
    throw unreachable(what, said ?? run.shortMessage ?? "npm failed", run.cause);
  }
  const parsed = view.safeParse(JSON.parse(run.stdout));
  if (!parsed.success) throw unreachable(what, "npm names no address and sha512 of it");
  const { tarball, integrity } = parsed.data;
  const answer = await httpGet(tarball, { answerMs: 30_000, signal }).catch((error: Error) => {
    throw unreachable(what, error.message, error);
  });
  const length = Number(answer.headers["content-length"] ?? Number.NaN);
  answer.destroy();
  return {
    name: `${name.replace("@", "").replace("/", "-")}-${version}.tgz`,
    location: tarball,
    bytes: Number.isInteger(length) ? length : null,
    algorithm: "sha512",
    digest: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex"),
  };
}
