import type { ParameterDescription } from "@parfocal/core";
import { constantName } from "./constants.ts";
import type { ScriptOptions } from "./script-options.ts";
import { takes } from "./takes.ts";
import type { UserParameter } from "./user-parameters.ts";

/** The parameters of a call by Python's names, each from its constant or, where there is one, from its control. */
function parameterDict(parameters: readonly ParameterDescription[], controls: readonly UserParameter[]): string[] {
  const places = new Map(controls.map(({ parameter }, index) => [parameter.name, index]));
  const values = parameters.map((parameter) => {
    const place = places.get(parameter.name);
    const name = constantName(parameter);
    const value = place === undefined ? name : `user_value(par, ${place}, ${name}, ${controls[place]!.conversion})`;
    return `    ${parameter.pythonName}=${value},`;
  });
  return [
    `def parameters(${controls.length === 0 ? "" : "par"}):`,
    "    return dict(",
    ...values.map((line) => `    ${line}`),
    "    )",
  ];
}

/** How a script reads the node's controls; nobody could tell us, so it is one function that can be replaced. */
const userValue = `def on_off(text):
    return str(text).lower() in ("on", "true", "1")


# UNTESTED: it is not documented how a script reads user parameters. This guesses that the first is par[0],
# or par[0].value, and so on. If that is wrong, this function alone has to change.
def user_value(par, place, constant, kind):
    if par is None or place >= len(par):
        return constant
    value = getattr(par[place], "value", par[place])
    if value is None or value == "":
        return None
    if not isinstance(value, (bool, int, float, str)):
        raise TypeError("user_value() in this script cannot read user parameter %d: it is %r" % (place, value))
    return kind(value)
`;

/** `output`, `build` and `run` as the version of NIS-Elements calls them, and the vendor's ending. */
export function functions(
  options: ScriptOptions,
  parameters: readonly ParameterDescription[],
  controls: readonly UserParameter[],
): string[] {
  const { nis, volume, table, binary } = options;
  const later = nis === "7.x";
  const segment = volume ? "segment_volume" : "segment_image";
  const planes = volume ? [`        plane_by_plane=${takes(options.module, "z") ? "PLANE_BY_PLANE" : "True"},`] : [];
  const scores = "scores" in options.module.manifest.outputs;
  return [
    ...(controls.length === 0 ? [] : [...userValue.split("\n"), ""]),
    ...parameterDict(parameters, controls),
    "",
    "",
    `def output(inp, out${later ? ", par=None" : ""}):`,
    `    out[0].makeNew(OBJECTS_NAME, OBJECTS_COLOR).${binary === "int32" ? "makeInt32" : "makeUInt8"}()`,
    ...(table
      ? [`    node.declare_table(out[1], inp[0], scores=${scores ? "True" : "False"}, volume=${volume ? "True" : "False"})`]
      : []),
    "",
    "",
    `def build(${later ? "par=None, loops=None" : "loops"}):`,
    "    return None",
    "",
    "",
    `def run(inp, out, ${later ? "par=None, ctx=None" : "ctx"}):`,
    ...(later ? ["    if ctx is None:  # called as 6.20 does, without user parameters", "        par, ctx = None, par"] : []),
    `    objects = node.${segment}(`,
    "        inp[0],",
    "        ctx,",
    "        channel=INPUT_CHANNEL,",
    ...planes,
    `        params=parameters(${controls.length === 0 ? "" : "par"}),`,
    "    )",
    "    node.write_objects(out[0], objects)",
    ...(table ? ["    node.write_table(out[1], objects)"] : []),
    "",
    "",
    'if __name__ == "__main__":',
    "    limnode.child_main(run, output, build)",
  ];
}
