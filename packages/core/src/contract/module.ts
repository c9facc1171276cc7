import type { z } from "zod";
import type { ModuleHandle, ModuleManifest } from "../module/manifest.ts";
import type { Image, Labels, NdArray } from "./array.ts";
import type { Measurer } from "./measure.ts";
import type { Prepare } from "./prepare.ts";
import type { Reader } from "./reader.ts";
import type { RunOptions, RunResult } from "./run.ts";
import type { StartOptions, Worker } from "./worker.ts";

type ManifestInput = z.input<typeof import("../module/manifest.ts").moduleManifestSchema>;

/** Outputs of a module by name, as its author writes them down. */
export type OutputSpecs = ManifestInput["outputs"];

/** What the author of a module of any kind writes. The rest of the manifest is derived from it. */
interface CommonDefinition<P extends z.ZodObject>
  extends Omit<
    ManifestInput,
    "manifestVersion" | "kind" | "params" | "accepts" | "outputs" | "refine" | "reads" | "profiles" | "prepares"
  > {
  /** The package's folder: `new URL("../", import.meta.url)` from `src/index.ts`. */
  readonly folder: URL;
  /** One object schema without transforms; every field has a default or is nullable, and `.meta()` carries title, stage and so on. */
  readonly params: P;
  /** Default: one profile "default" that imports nothing when probed. */
  readonly profiles?: ManifestInput["profiles"];
  /**
   * Runs before the environment is chosen, each time a worker is started: looks at what the load parameters name, fetches files, and says
   * which profile and which parameters the worker gets. Gets the load parameters, checked and with defaults.
   */
  readonly prepare?: Prepare<z.infer<P>>;
}

type Accepts = NonNullable<ManifestInput["accepts"]>;

/** What the author of a segmenter writes. */
export interface ModuleDefinition<P extends z.ZodObject, O extends OutputSpecs> extends CommonDefinition<P> {
  readonly kind: "segmenter";
  readonly accepts: Accepts;
  readonly outputs: O;
  readonly refine?: boolean;
}

/** What the author of a measurer writes. `accepts` is of the image; labels have its spatial axes. */
export interface MeasurerDefinition<P extends z.ZodObject> extends CommonDefinition<P> {
  readonly kind: "measurer";
  readonly accepts: Accepts;
  readonly windows?: NonNullable<ManifestInput["windows"]>;
}

/** What the author of a reader writes. */
export interface ReaderDefinition<P extends z.ZodObject> extends CommonDefinition<P> {
  readonly kind: "reader";
  readonly reads: NonNullable<ManifestInput["reads"]>;
}

/** The arrays a module returns, by output name. */
export type OutputsOf<O extends OutputSpecs> = {
  readonly [K in keyof O as O[K] extends { optional: true } ? never : K]: O[K] extends { kind: "labels" } ? Labels : NdArray;
} & {
  readonly [K in keyof O as O[K] extends { optional: true } ? K : never]?: O[K] extends { kind: "labels" } ? Labels : NdArray;
};

/** What a module of any kind has. Importing one does nothing: no process, no disk, no network. */
export interface ModuleBase {
  readonly name: string;
  readonly version: string;
  readonly manifest: ModuleManifest;
  readonly handle: ModuleHandle;
}

/** A segmenter ready for use. */
export interface Module<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }> extends ModuleBase {
  /** Starts a worker, runs one image and closes the worker. Parameters of every stage may be given. */
  run(
    image: Image,
    params?: Partial<P>,
    options?: Omit<RunOptions, "lease" | "into"> & Omit<StartOptions<P>, "params">,
  ): Promise<RunResult<O>>;

  /** Builds the environment if need be, starts Python and loads the model. */
  start(options?: StartOptions<P>): Promise<Worker<P, O>>;
}

/** A measurer ready for use. */
export interface MeasurerModule<P = Readonly<Record<string, unknown>>> extends ModuleBase {
  /** Builds the environment if need be and starts Python. */
  start(options?: StartOptions<P>): Promise<Measurer<P>>;
}

/** A reader ready for use. */
export interface ReaderModule<P = Readonly<Record<string, unknown>>> extends ModuleBase {
  /** Builds the environment if need be and starts Python. */
  start(options?: StartOptions<P>): Promise<Reader<P>>;
}
