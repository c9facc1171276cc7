/** One broken convention. */
export interface Problem {
  /** Folder or file, relative to the repository, with forward slashes. */
  readonly place: string;
  readonly what: string;
  /** One thing to do. */
  readonly todo: string;
}

/** `packages/x: has no README.md; write one`, one line for each. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ place, what, todo }) => `${place}: ${what}; ${todo}`).join("\n");
}
