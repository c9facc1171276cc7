import type { Accelerator } from "../module/manifest.ts";
import type { OnEvent } from "./events.ts";

/** Settings of the machine; each may come from the call, from `PARFOCAL_*` variables or from the configuration file, in this order. */
export interface Settings {
  /** Folder of environments, caches and logs. `PARFOCAL_HOME`. */
  readonly home: string;
  /** Folder of uv's cache of downloads, best on the volume of `home`. Default `<home>/uv-cache`. `PARFOCAL_UV_CACHE`. */
  readonly uvCache: string;
  /** Path of a uv to use. `PARFOCAL_UV`. */
  readonly uv?: string;
  /** Path of a Python interpreter to build from. `PARFOCAL_PYTHON`. */
  readonly python?: string;
  /** Folders of wheels that stand in for, or add to, the package index. `PARFOCAL_WHEELHOUSE`, `UV_FIND_LINKS`, `PIP_FIND_LINKS`. */
  readonly wheelhouse: readonly string[];
  /** Never use the network. `PARFOCAL_OFFLINE`. */
  readonly offline: boolean;
  /** Package index to use in place of uv's default. `PARFOCAL_INDEX`. */
  readonly index?: string;
  /** Mirror for uv's own Python downloads, also `file://`; one that ends in `.json` is a list of downloads. `PARFOCAL_PYTHON_MIRROR`. */
  readonly pythonMirror?: string;
  /** Folders of weight files that stand in for the network: `<folder>/<host>/<path>`, else `<folder>/<file name>`. `PARFOCAL_WEIGHTS`. */
  readonly weightsFolders: readonly string[];
  /** Server that stands in for the others in downloads of weights: what lies at `https://HOST/PATH` is asked for at `<mirror>/HOST/PATH`. `PARFOCAL_MIRROR`. */
  readonly mirror?: string;
  /** Accelerator for `device: "auto"`. `PARFOCAL_ACCELERATOR`. */
  readonly accelerator?: Accelerator;
  /**
   * When `parfocal run` goes through the daemon: "use" (default) when it is up, "auto" also starts it, "never". `PARFOCAL_DAEMON`.
   */
  readonly daemon: "auto" | "use" | "never";
  /** Names of modules that the daemon loads when it starts and keeps. `PARFOCAL_PREWARM`, separated by commas. */
  readonly prewarm: readonly string[];
  /** Minutes without a call after which the daemon frees a model. Default 30. `PARFOCAL_IDLE_MINUTES`. */
  readonly idleMinutes: number;
  /** CPU threads a worker may use; unset leaves it to the libraries. `PARFOCAL_THREADS`. */
  readonly threads?: number;
}

/** Which build of the environment, on which device, and why. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** Device to ask the worker for: "cpu", "cuda", "cuda:1", "directml", "mps" or "auto". */
  readonly device: string;
  readonly reason: string;
}

/** Written into an environment when it is ready; never changed afterwards. */
export interface EnvironmentStamp {
  readonly stampVersion: 1;
  readonly key: string;
  readonly module: string;
  readonly moduleVersion: string;
  readonly profile: string;
  readonly accelerator: Accelerator;
  readonly acceleratorReason: string;
  readonly lockSha256: string;
  readonly platform: string;
  /** Full version, base interpreter and where that interpreter came from. */
  readonly python: { readonly version: string; readonly base: string; readonly source: string };
  readonly uv: { readonly version: string; readonly path: string; readonly source: string };
  /** Names and versions of what was imported to try the environment, by the module that built it and by others with the same lock. */
  readonly probe: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly createdAt: string;
}

export interface Environment {
  readonly key: string;
  /** Absolute path of the virtual environment. */
  readonly folder: string;
  /** Absolute path of its Python interpreter. */
  readonly python: string;
  /** Absolute path of its site-packages folder. */
  readonly sitePackages: string;
  readonly stamp: EnvironmentStamp;
  /** The choice made by this call; the stamp keeps the one made when it was built. */
  readonly choice: AcceleratorChoice;
}

export interface EnvironmentOptions {
  /** Named environment of the module. Default: what the module's `prepare` says, else "default", else the first that it declares. */
  readonly profile?: string;
  /** "auto" (default), "cpu", "cuda", "cuda:N", "directml" or "mps". */
  readonly device?: string;
  /** Lock files beside the accelerator's that are installed on top, by name without ".txt"; for tests: ["test"]. Default none. */
  readonly extraLocks?: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** False: fail with ENV_NOT_READY where the environment would have to be built. Default true. */
  readonly build?: boolean;
}
