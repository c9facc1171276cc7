import { stat } from "node:fs/promises";
import { ParfocalError } from "@parfocal/core";

/**
 * Makes sure that writing a file replaces none of the inputs, also not through a link or another spelling of the path.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE naming the input
 */
export async function refuseInput(path: string, inputs: readonly string[] = []): Promise<void> {
  const output = await identityOf(path);
  if (output === null) return;
  for (const input of inputs) {
    if ((await identityOf(input)) !== output) continue;
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: it is the input ${input}`, {
      hint: "choose another name or folder for the results",
    });
  }
}

/** Device and number of a file, which all its names share; null when there is no such file. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
