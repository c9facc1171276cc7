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
  run(): Promise<void>;
  reject(error: Error): void;
}

export function createCallQueue(onChange: (size: number) => void = () => {}): CallQueue {
  const waiting: Waiting[] = [];
  let running = false;

  async function pump(): Promise<void> {
    if (running) return;
    running = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await next.run();
      onChange(waiting.length);
    }
    running = false;
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
          async run() {
            signal?.removeEventListener("abort", onAbort);
            try {
              resolve(await job());
            } catch (failure) {
              reject(failure);
            }
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiting.push(entry);
        void pump();
      });
    },
    clear(error) {
      for (const entry of waiting.splice(0)) entry.reject(error());
    },
  };
}
