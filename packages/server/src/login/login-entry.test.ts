import { describe, expect, test } from "vitest";
import { loginEntry } from "./login-entry.ts";

const command = ["/usr/bin/node 24", '/opt/50% "ü"/$HOME/daemon.js', "--from", "/home/a b"];
const place = { platform: "linux", home: "/home/a", config: "/home/a/.config", hasSystemd: true };
const variables = { PARFOCAL_HOME: "/data/50%" };

describe("the entry that starts the daemon at login", () => {
  test("is a unit of the user where systemd runs; specifiers and variables are taken literally", () => {
    const entry = loginEntry(command, variables, place);
    expect(entry).toMatchObject({
      kind: "file",
      path: "/home/a/.config/systemd/user/parfocal-daemon.service",
      link: "/home/a/.config/systemd/user/default.target.wants/parfocal-daemon.service",
    });
    const { text } = entry as { readonly text: string };
    expect(text).toContain('Environment="PARFOCAL_HOME=/data/50%%"\n');
    expect(text).toContain('ExecStart="/usr/bin/node 24" "/opt/50%% \\"ü\\"/$$HOME/daemon.js" "--from" "/home/a b"\n');
    expect(text).toContain("WantedBy=default.target");
  });

  test("is a file for the desktop elsewhere on Linux", () => {
    const entry = loginEntry(command, variables, { ...place, hasSystemd: false });
    expect(entry).toMatchObject({ path: "/home/a/.config/autostart/parfocal-daemon.desktop" });
    expect((entry as { readonly text: string }).text).toContain(
      'Exec="/usr/bin/env" "PARFOCAL_HOME=/data/50%%" "/usr/bin/node 24" "/opt/50%% \\\\"ü\\\\"/\\\\$HOME/daemon.js" "--from" "/home/a b"\n',
    );
  });

  test("is a launch agent on macOS", () => {
    const entry = loginEntry(["/node", "/a & b"], { PARFOCAL_HOME: "/<h>" }, { ...place, platform: "darwin" });
    expect(entry).toMatchObject({ path: "/home/a/Library/LaunchAgents/parfocal-daemon.plist" });
    const { text } = entry as { readonly text: string };
    expect(text).toContain("<array><string>/node</string><string>/a &amp; b</string></array>");
    expect(text).toContain("<dict><key>PARFOCAL_HOME</key><string>/&lt;h&gt;</string></dict>");
  });

  test("is a value of the user's Run key on Windows, without a window", () => {
    expect(loginEntry(["C:\\Program Files\\node.exe", "C:\\d.js"], {}, { ...place, platform: "win32" })).toEqual({
      kind: "registry",
      key: "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
      name: "parfocal-daemon",
      value: 'conhost.exe --headless "C:\\Program Files\\node.exe" "C:\\d.js"',
    });
  });
});
