import type { WeightLicence } from "@parfocal/core";

const passOn = { yes: "may be passed on", no: "must not be passed on", unclear: "unclear whether they may be passed on" };

/** The licences of weights in one line. */
export function describeLicence({ code, weights, trainingData, redistribution }: WeightLicence): string {
  return `code: ${code}; weights: ${weights}; training data: ${trainingData}; ${passOn[redistribution]}`;
}
