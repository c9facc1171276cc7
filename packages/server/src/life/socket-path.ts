import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * Where the daemon of a home listens: a named pipe on Windows, else a socket in a folder that only this user can enter. Homes may have
 * longer paths than sockets can.
 *
 * @throws Error when the folder belongs to somebody else.
 */
export function socketPath(home: string, platform: string = process.platform): string {
  const digest = createHash("sha256").update(`${userInfo().username} ${home}`).digest("hex").slice(0, 16);
  if (platform === "win32") return `\\\\.\\pipe\\parfocal-daemon-${digest}`;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const folder = runtime ? join(runtime, "parfocal") : join(tmpdir(), `parfocal-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) throw new Error(`${folder} belongs to another user (${uid})`);
  chmodSync(folder, 0o700);
  return join(folder, `daemon-${digest}.sock`);
}
