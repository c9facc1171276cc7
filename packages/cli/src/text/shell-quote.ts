/** One argument as one would type it in a shell of this platform. */
export function shellQuote(argument: string, platform: string = process.platform): string {
  if (/^[\w@%+=:,./\\-]+$/.test(argument) && (platform === "win32" || !argument.includes("\\"))) return argument;
  return platform === "win32" ? `"${argument.replaceAll('"', '\\"')}"` : `'${argument.replaceAll("'", "'\\''")}'`;
}
