import type { Problem } from "../problem.ts";
import { filesOf, publishedPackages, type Repository, readText } from "../repository.ts";

/** Each Python project of a module has our licence, pins one minor version of Python, and is not itself a package. */
export function checkPythonProjects(repository: Repository): Problem[] {
  const modules = publishedPackages(repository).filter(({ group }) => group === "modules");
  return modules.flatMap((item) =>
    filesOf(item, "python/pyproject.toml").flatMap((path) => {
      const text = readText(item, path);
      const say = (what: string, todo: string): Problem => ({ place: `${item.place}/${path}`, what, todo });
      return [
        ...(/^license = "MIT"$/m.test(text) ? [] : [say("does not name our licence", 'write license = "MIT"')]),
        ...(/^requires-python = "==3\.\d+\.\*"$/m.test(text)
          ? []
          : [say("names no minor version of Python", 'write requires-python = "==3.11.*"')]),
        ...(/^package = false$/m.test(text) ? [] : [say("would be built as a package", "write package = false under [tool.uv]")]),
        ...(/^version = "0"$/m.test(text)
          ? []
          : [say("has a version of its own", 'write version = "0": the npm version is the module\'s')]),
      ];
    }),
  );
}
