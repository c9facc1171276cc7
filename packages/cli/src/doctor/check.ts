/** One thing that was looked at. */
export interface Check {
  readonly group: "NIS-Elements" | "node" | "system" | "tools" | "network" | "modules";
  readonly name: string;
  readonly status: "ok" | "warning" | "error";
  /** What was found. */
  readonly found: string;
  /** What to do, where something is wrong. */
  readonly remedy?: string;
}
