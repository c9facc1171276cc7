/** An entry of Windows' list of installed programs. */
export interface InstalledProgram {
  readonly name: string;
  readonly version: string | null;
  readonly folder: string | null;
}

const value = /^\s+(DisplayName|DisplayVersion|InstallLocation)\s+REG_(?:EXPAND_)?SZ\s*(.*?)\s*$/;

/** Reads what `reg query ...\Uninstall /s` prints. Entries without a name are parts of others. */
export function parseInstalledPrograms(text: string): InstalledProgram[] {
  return text
    .split(/\r?\n(?=HKEY_)/)
    .map(
      (block) =>
        new Map(
          block.split(/\r?\n/).flatMap((line) => (value.exec(line) ? [value.exec(line)!.slice(1, 3) as [string, string]] : [])),
        ),
    )
    .flatMap((values) => {
      const name = values.get("DisplayName");
      return name ? [{ name, version: values.get("DisplayVersion") || null, folder: values.get("InstallLocation") || null }] : [];
    });
}
