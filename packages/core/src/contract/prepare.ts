import type { WeightFile, WeightLicence } from "../module/weight-set.ts";
import type { Settings } from "./environment.ts";
import type { OnEvent } from "./events.ts";

/** What a module's `prepare` decided. */
export interface Prepared {
  /** Named environment that the worker needs. Default: the caller's choice, else the module's default. */
  readonly profile?: string;
  /**
   * Parameters for the worker, camelCase: they take the place of load parameters of the same name, and may have names that the module's
   * schema does not know, such as the folder that an id was resolved to. Results keep naming the caller's parameters.
   */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A file that `prepare` asks for. */
export interface FileRequest extends Pick<WeightFile, "url" | "bytes" | "sha256"> {
  /** Name for people and for the record of a run. Default: the last part of the address. */
  readonly name?: string;
}

/** What core lends to a module's `prepare`. */
export interface PrepareTools {
  readonly settings: Settings;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** Private to the module, shared by its processes: write under a temporary name, then rename. It exists. */
  readonly cacheFolder: string;
  /**
   * Fetches a file as the module's declared weights are fetched: resumed, verified, kept under the home folder.
   *
   * @param about name of the model that the file belongs to, and its licences, which are shown before the download
   * @returns the file's absolute path
   * @throws ParfocalError WEIGHTS_MISSING, WEIGHTS_UNREACHABLE, WEIGHTS_INVALID, ENV_NO_SPACE, ENV_PERMISSION, CANCELLED.
   */
  fetchFile(file: FileRequest, about: { readonly name: string; readonly licence: WeightLicence }): Promise<string>;
}

/**
 * Runs before a worker's environment is chosen.
 *
 * @param params the load parameters, camelCase, checked and with defaults
 * @throws ParfocalError for example PARAMS_INVALID, WEIGHTS_MISSING, WEIGHTS_INVALID, MODEL_NOT_TRUSTED
 */
export type Prepare<P = Readonly<Record<string, unknown>>> = (params: P, tools: PrepareTools) => Promise<Prepared>;
