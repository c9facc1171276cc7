import { cancelledError } from "./errors.ts";

/** Begins; closes again when that fails or the signal fires. */
export async function beginOrClose(
  module: string,
  worker: { close(): Promise<void> },
  begin: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const onAbort = () => void worker.close();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await begin();
  } catch (error) {
    await worker.close();
    throw signal?.aborted ? cancelledError(module) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
