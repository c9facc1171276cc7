import type { ModuleHandle, Params } from "@parfocal/core";

/** Versions of NIS-Elements whose Python node calls functions in its own way. */
export const nisVersions = ["6.20", "7.x"] as const;
export type NisVersion = (typeof nisVersions)[number];

/** "int32": each object keeps its number, objects may touch. "uint8": a mask in which touching objects are cut apart. */
export const binaryKinds = ["int32", "uint8"] as const;
export type BinaryKind = (typeof binaryKinds)[number];

/** What a script carries with it, since a pasted text has no place of its own and knows no working folder. Absolute paths. */
export interface ScriptPlaces {
  /** Folder that holds `parfocal_ga3`. */
  readonly clientFolder: string;
  /** File in which a daemon that runs says where it is. */
  readonly daemonState: string;
  /** Command that starts the daemon. */
  readonly daemonCommand: readonly string[];
  /** `PARFOCAL_...` variables that hold in this shell, which NIS-Elements does not know. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Which script is wanted. */
export interface ScriptOptions {
  readonly module: ModuleHandle;
  /** A value for every parameter, camelCase. */
  readonly params: Params;
  readonly nis: NisVersion;
  /** True for the 3D node, which gets a whole stack. */
  readonly volume: boolean;
  /** True for a table of measurements as second output. */
  readonly table: boolean;
  readonly binary: BinaryKind;
  /** Channel of an image with several: its place from 0, its name, or null for the only one. */
  readonly inputChannel: number | string | null;
  /** 7.x: parameters come from the node's own controls. */
  readonly userParams: boolean;
  readonly places: ScriptPlaces;
  /** The command line that wrote the script, for its head. */
  readonly command: string;
}
