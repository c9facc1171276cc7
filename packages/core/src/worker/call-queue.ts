/** Jobs that run one after another. */
export interface CallQueue {
  /** Number of jobs that wait or run. */
  readonly size: number;
  /**
   * Runs a job when its turn comes.
   * @param abandon settles the caller's promise early, with the reason, while the job still waits; afterwards the job is never run.
   */
  add<T>(job: () => Promise<T>, abandon: { readonly signal: AbortSignal | undefined; readonly error: () => Error }): Promise<T>;
  /** Rejects every job that waits. */
  clear(error: () => Error): void;
}

interface Waiting {
  /** Calls `next` when it is done; never throws. */
  run(next: () => void): void;
  reject(error: Error): void;
}

export function createCallQueue(): CallQueue {
  const waiting: Waiting[] = [];
  let running = false;

  function next(): void {
    const entry = waiting.shift();
    running = entry !== undefined;
    entry?.run(next);
  }
  return {
    get size() {
      return waiting.length + (running ? 1 : 0);
    },
    add(job, { signal, error }) {
      if (signal?.aborted) return Promise.reject(error());
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(error());
        };
        const entry: Waiting = {
          reject(reason) {
            signal?.removeEventListener("abort", onAbort);
            reject(reason);
          },
          run(done) {
            signal?.removeEventListener("abort", onAbort);
            job().then(
              (value) => {
                resolve(value);
                done();
              },
              (failure: unknown) => {
                reject(failure);
                done();
              },
            );
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiting.push(entry);
        if (!running) next();
      });
    },
    clear(error) {
      for (const entry of waiting.splice(0)) entry.reject(error());
    },
  };
}
