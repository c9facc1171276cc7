import { describeRange, type ParameterDescription, type Params } from "@parfocal/core";
import { comment, sentence } from "./comment.ts";
import { pythonLiteral } from "./python-literal.ts";

/** Name of the constant that holds a parameter. */
export function constantName({ pythonName }: ParameterDescription): string {
  return pythonName.toUpperCase();
}

/** What a parameter takes, in Python's words. */
function pythonRange(parameter: ParameterDescription): string {
  return describeRange(parameter)
    .replace(/^true or false/, "True or False")
    .replace(/, or null$/, ", or None for empty");
}

/** A parameter as a constant below a comment with its title, unit, meaning and range. */
function constant(parameter: ParameterDescription, value: unknown): string[] {
  const { title, unit, description, effect } = parameter;
  const name = unit === "" ? title : `${title} [${unit}]`;
  const text = [`${name}: ${description}.`, sentence(effect), sentence(pythonRange(parameter))].filter((part) => part !== "");
  return [...comment(text.join(" ")), `${constantName(parameter)} = ${pythonLiteral(value)}`];
}

/**
 * The parameters of a module as constants, those of the group "basic" first.
 *
 * @param params a value for each parameter
 */
export function constants(parameters: readonly ParameterDescription[], params: Params): string[] {
  const isBasic = ({ group }: ParameterDescription): boolean => group === "basic";
  const write = (wanted: boolean): string[] =>
    parameters
      .filter((parameter) => isBasic(parameter) === wanted)
      .flatMap((parameter) => [...constant(parameter, params[parameter.name]), ""]);
  const advanced = write(false);
  return [...write(true), ...(advanced.length === 0 ? [] : ["# Seldom needed:", "", ...advanced])];
}
