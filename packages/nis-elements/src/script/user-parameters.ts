import type { ParameterDescription } from "@parfocal/core";

/** What makes a value of a control the parameter's: a Python expression that is called with it. */
type Conversion = "float" | "int" | "str" | "on_off";

/** A parameter that NIS-Elements 7.x shows on the node. */
export interface UserParameter {
  readonly parameter: ParameterDescription;
  /** What is typed into the node's dialog: one JSON object that describes the control. */
  readonly control: Readonly<Record<string, unknown>>;
  readonly conversion: Conversion;
}

const selection = (words: readonly string[]) => ({
  control: "Selection",
  list: words.map((word) => ({ text: word, value: word })),
});

function control(parameter: ParameterDescription): Readonly<Record<string, unknown>> {
  const { type, choices, nullable, minimum, maximum, step = 0.01 } = parameter;
  if (choices !== undefined) return selection([...(nullable ? [""] : []), ...choices.map(String)]);
  if (type === "boolean") return selection(["on", "off"]);
  if (type === "string" || nullable) return { control: "Text" };
  if (minimum === undefined || maximum === undefined || maximum - minimum > 1000) return { control: "Number" };
  const decimals = type === "integer" ? 0 : Math.max(0, Math.ceil(-Math.log10(step)));
  return { control: "Slider", decimals, min: minimum, max: maximum };
}

const conversions = { number: "float", integer: "int", boolean: "on_off", string: "str" } as const;

/** The parameters of the group "basic" that one control can hold, as controls; lists cannot. */
export function userParameters(parameters: readonly ParameterDescription[]): UserParameter[] {
  return parameters.flatMap((parameter) => {
    const { type, group } = parameter;
    if (group !== "basic" || type === "array") return [];
    return [{ parameter, control: control(parameter), conversion: conversions[type] }];
  });
}
