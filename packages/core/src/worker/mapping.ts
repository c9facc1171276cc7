import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file as memory of this process. */
export interface Mapping {
  readonly bytes: number;
  /** The file, for use inside this package; not to be touched after `unmap`. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** A buffer over the whole file. Each is its own: one that was handed out can be detached while others stay. */
  view(): ArrayBuffer;
  /** Gives the memory back. Every buffer of `view` must have been detached before: reading one would end the process. */
  unmap(): void;
}

/** Maps files that lie in memory or on disk. */
export interface Mapper {
  /**
   * @param descriptor of a file that is open for reading and writing and holds at least so many bytes
   * @throws Error when the system refuses.
   */
  map(descriptor: number, bytes: number): Mapping;
}

/** A mapper, or why there is none. */
export type FoundMapper = { readonly mapper: Mapper; readonly reason: null } | { readonly mapper: null; readonly reason: string };

/** What is used of koffi. */
interface Koffi {
  load(path: string | null): { func(definition: string): (...values: unknown[]) => unknown };
  address(pointer: unknown): bigint;
  view(pointer: unknown, bytes: number): ArrayBuffer;
}

const readWrite = 3;
const shared = 1;
const populate = process.platform === "linux" ? 0x8000 : 0; // touch the pages now and not one by one
const failed = 2n ** 64n - 1n;

let found: FoundMapper | null = null;

/**
 * The mapper of this process: koffi's, where it is installed and works. Slots go through plain file calls where there is none, which
 * costs a copy more each way. PARFOCAL_MAP=off asks for that.
 */
export function findMapper(): FoundMapper {
  if (process.env.PARFOCAL_MAP === "off") return { mapper: null, reason: "PARFOCAL_MAP is off" };
  found ??= probe();
  return found;
}

/** Why arrays are copied between Node and its workers by file calls; null where they are mapped. */
export const whyNotMapped = (): string | null => findMapper().reason;

function probe(): FoundMapper {
  if (process.platform !== "linux" && process.platform !== "darwin") {
    return { mapper: null, reason: `files are not mapped on ${process.platform}` };
  }
  if (process.arch !== "x64" && process.arch !== "arm64")
    return { mapper: null, reason: `files are not mapped on ${process.arch}` };
  try {
    const mapper = createMapper(createRequire(import.meta.url)("koffi") as Koffi);
    return works(mapper)
      ? { mapper, reason: null }
      : { mapper: null, reason: "a mapped file did not hold what was written to it" };
  } catch (error) {
    return { mapper: null, reason: (error as Error).message.split("\n")[0] ?? "koffi failed" };
  }
}

function createMapper(koffi: Koffi): Mapper {
  const system = koffi.load(process.platform === "darwin" ? "libSystem.B.dylib" : null);
  const mmap = system.func("void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, int64_t offset)");
  const munmap = system.func("int munmap(void *address, size_t bytes)");
  return {
    map(descriptor, bytes) {
      const pointer = mmap(null, bytes, readWrite, shared | populate, descriptor, 0);
      if (koffi.address(pointer) === failed) throw new Error(`a file of ${bytes} bytes could not be mapped`);
      const view = () => koffi.view(pointer, bytes);
      return { bytes, memory: new Uint8Array(view()), view, unmap: () => void munmap(pointer, bytes) };
    },
  };
}

/** Both directions, once, on a small file; hosts that forbid buffers over foreign memory (Electron) throw here. */
function works(mapper: Mapper): boolean {
  const folder = mkdtempSync(join(tmpdir(), "parfocal-map-"));
  const descriptor = openSync(join(folder, "probe"), "wx+", 0o600);
  try {
    ftruncateSync(descriptor, 4096);
    writeSync(descriptor, Uint8Array.of(1, 2, 3), 0, 3, 0);
    const mapping = mapper.map(descriptor, 4096);
    const seen = mapping.memory.slice(0, 3).join();
    mapping.memory[4095] = 7;
    const back = new Uint8Array(1);
    readSync(descriptor, back, 0, 1, 4095);
    const buffer = mapping.view();
    buffer.transfer();
    mapping.unmap();
    return seen === "1,2,3" && back[0] === 7 && buffer.detached;
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}
