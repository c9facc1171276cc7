import type { Problem } from "./problem.ts";
import { readRepository } from "./repository.ts";
import { checkArrows } from "./rules/arrows.ts";
import { checkLinks } from "./rules/links.ts";
import { checkDefinitions } from "./rules/module-definition.ts";
import { checkPackageFiles } from "./rules/package-files.ts";
import { checkPackageJson } from "./rules/package-json.ts";
import { checkPythonProjects } from "./rules/python-project.ts";
import { checkSourceStyle } from "./rules/source-style.ts";
import { checkTrackedText } from "./rules/tracked-text.ts";

/** Everything in a repository that breaks our conventions; nothing needs to be built for it. */
export async function checkRepository(root: string): Promise<Problem[]> {
  const repository = readRepository(root);
  return [
    ...checkPackageFiles(repository),
    ...checkPackageJson(repository),
    ...checkPythonProjects(repository),
    ...checkArrows(repository),
    ...checkSourceStyle(repository),
    ...(await checkDefinitions(repository)),
    ...checkLinks(root),
    ...(await checkTrackedText(root)),
  ];
}
