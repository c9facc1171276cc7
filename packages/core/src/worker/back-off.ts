/** Deaths in a row, with no finished call between, after which a worker is not started again. */
export const maxDeaths = 5;

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** How long after its last death a worker may be started again, given the deaths since the last finished call. */
export function restartDelayMs(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(firstDelayMs * 2 ** (deaths - 1), longestDelayMs);
}
