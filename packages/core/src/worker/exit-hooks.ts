/** Something to put away when Node ends, however it ends. Must be synchronous. */
export type ExitTask = () => void;

const tasks = new Set<ExitTask>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a task when Node exits: normally, by process.exit, by an uncaught exception, or by SIGINT, SIGTERM or SIGHUP that nobody else
 * handles. The exit code or signal stays what it would have been.
 * @returns what takes the task back. Without tasks, no listener is left on `process`.
 */
export function onNodeExit(task: ExitTask): () => void {
  if (tasks.size === 0) {
    process.on("exit", runTasks);
    for (const signal of signals) process.on(signal, onSignal);
  }
  tasks.add(task);
  return () => {
    if (!tasks.delete(task) || tasks.size > 0) return;
    removeListeners();
  };
}

function removeListeners(): void {
  process.off("exit", runTasks);
  for (const signal of signals) process.off(signal, onSignal);
}

function runTasks(): void {
  for (const task of tasks) {
    try {
      task();
    } catch {
      // Nobody is left to tell, and the other tasks must run.
    }
  }
  tasks.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // A program with its own handler decides itself when to exit; the exit hook cleans up then.
  if (process.listenerCount(signal) > 1) return;
  runTasks();
  removeListeners();
  process.kill(process.pid, signal);
}
