import type { Target } from "../targets.ts";
import type { Item } from "./item.ts";

const cli = "app/node_modules/parfocal/bin/parfocal.js";

const shell = `#!/bin/sh
# Installs this bundle for the user who starts it. Needs nothing that is not in this folder, and no network.
#   sh install.sh [--to FOLDER]
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
node="$here/node/bin/node"
[ -f "$node" ] || { echo "install.sh: $node is missing; unpack the whole zip first, then run install.sh in the new folder" >&2; exit 3; }
copy=
if ! [ -x "$node" ] || ! "$node" --version >/dev/null 2>&1; then
  # unpacked without its permissions, or on a disk from which nothing may be run
  copy=$(mktemp -d "\${TMPDIR:-/tmp}/parfocal-install.XXXXXX")
  trap 'rm -rf "$copy"' EXIT
  cp "$node" "$copy/node"
  chmod 755 "$copy/node"
  node="$copy/node"
fi
status=0
"$node" "$here/${cli}" bundle install "$here" "$@" || status=$?
exit $status
`;

const batch = `@echo off
rem Installs this bundle for the user who starts it. Needs nothing that is not in this folder, no network and no administrator.
rem   install.cmd [--to FOLDER]
setlocal
if not exist "%~dp0node\\bin\\node.exe" (
  echo %~dp0node\\bin\\node.exe is missing. Unpack the whole zip first: right-click it, "Extract All", then start install.cmd in the new folder.
  pause
  exit /b 3
)
"%~dp0node\\bin\\node.exe" "%~dp0${cli.replaceAll("/", "\\")}" bundle install "%~dp0." %*
set status=%errorlevel%
if "%~1"=="" pause
exit /b %status%
`;

const readme = (windows: boolean): string => `This folder installs Parfocal and its models on a PC without a network.

${windows ? "Double-click install.cmd, or type in a terminal:  install.cmd" : "Type in a terminal:  sh install.sh"}

It checks every file first, installs for you alone, and needs no administrator. If it is interrupted, start it again.
At its end it says what to type. Then this folder may be deleted.
`;

/** What starts the installation. Windows reads batch files best with its own line ends. */
export function scriptItems({ os }: Target): Item[] {
  const windows = os === "win32";
  const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
  return [
    windows
      ? { path: "install.cmd", from: { text: crlf(batch) } }
      : { path: "install.sh", from: { text: shell }, executable: true },
    { path: "README.txt", from: { text: windows ? crlf(readme(true)) : readme(false) } },
  ];
}
