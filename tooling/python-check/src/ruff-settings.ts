/** Kinds of Python files: what users read, what only we read, and tests. */
export type FileKind = "public" | "private" | "test";

/** Numpy docstrings on public names only; tests may do without docstrings and annotations. `Any` is pyright's business. */
const ignored: Readonly<Record<FileKind, readonly string[]>> = {
  public: ["D105", "D401", "ANN401"],
  private: ["D1", "D401", "ANN401"],
  test: ["D", "ANN"],
};

/**
 * Ruff's settings for files of one kind: the one place where the project's Python rules are written down.
 *
 * @param ownPackages names of Python packages whose imports stand in a block of their own, after everybody else's.
 */
export function ruffSettings(kind: FileKind, ownPackages: readonly string[]): Record<string, unknown> {
  return {
    "line-length": 120,
    "target-version": "py311",
    lint: {
      select: ["E", "F", "I", "UP", "B", "D", "ANN"],
      ignore: ignored[kind],
      isort: { "known-first-party": ownPackages },
      pydocstyle: { convention: "numpy" },
    },
  };
}

/** Kind of a file by its path with forward slashes. */
export function fileKind(path: string): FileKind {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.includes("tests") || parts.includes("test") || name.startsWith("test_") || name === "conftest.py") return "test";
  return parts.some((part) => /^_[^_]/.test(part)) ? "private" : "public";
}
