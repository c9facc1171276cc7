/** The user that owns nothing, on every Unix. */
const nobody = 65_534;

/** Does something with the permissions of an ordinary user, also in tests that run as root, whom no permission stops. */
export async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid!(nobody);
  try {
    return await action();
  } finally {
    process.seteuid!(0);
  }
}
