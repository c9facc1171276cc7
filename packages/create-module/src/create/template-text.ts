/** What one module puts in the place of the template's words. */
export interface TemplateWords {
  /** npm name of the package: "@lab/nuclei-finder". */
  readonly packageName: string;
  /** Name of the module: "nuclei-finder". */
  readonly name: string;
  /** One line without a full stop. */
  readonly description: string;
  /** Axis orders that the worker takes, the sample's first. */
  readonly axes: readonly string[];
  /** Requirements of the worker, as in pyproject.toml. */
  readonly dependencies: readonly string[];
}

const words = /parfocal-new-module-worker|parfocal-new-module|new-module|newModule|NewModule|Finds bright objects/g;

/** The name of a module as it is written in TypeScript: "nuclei-finder" -> "nucleiFinder". */
export function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase()).replace(/-+$/, "");
}

/** A file of the template with the words of one module. */
export function fillText(text: string, { packageName, name, description, axes, dependencies }: TemplateWords): string {
  const camel = camelCase(name);
  const [first = "yx"] = axes;
  const filled: Readonly<Record<string, string>> = {
    "parfocal-new-module-worker": `parfocal-${name}-worker`,
    "parfocal-new-module": packageName,
    "new-module": name,
    newModule: camel,
    NewModule: `${camel.charAt(0).toUpperCase()}${camel.slice(1)}`,
    "Finds bright objects": description,
  };
  return text
    .replace(words, (word) => filled[word] ?? word)
    .replace('axes: ["yx"]', `axes: [${axes.map((order) => JSON.stringify(order)).join(", ")}]`)
    .replace('axes: "yx"', `axes: ${JSON.stringify(first)}`)
    .replace('axes="yx"', `axes=${JSON.stringify(first)}`)
    .replace(/^dependencies = \[.*\]$/m, `dependencies = [${dependencies.map((each) => JSON.stringify(each)).join(", ")}]`);
}
