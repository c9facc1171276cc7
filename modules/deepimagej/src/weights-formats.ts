/** Kinds of weights that can be run, by their names in the model descriptions, the safest first. */
export const weightsFormats = [
  "onnx",
  "keras_hdf5",
  "tensorflow_saved_model_bundle",
  "torchscript",
  "pytorch_state_dict",
] as const;

export type WeightsFormat = (typeof weightsFormats)[number];

/** The environment that each kind needs. */
export const profileOf: Readonly<Record<WeightsFormat, "onnx" | "torch" | "tensorflow">> = {
  onnx: "onnx",
  keras_hdf5: "torch",
  tensorflow_saved_model_bundle: "tensorflow",
  torchscript: "torch",
  pytorch_state_dict: "torch",
};

/** Why a kind is opened only when it is trusted. */
export const codeReasons: Readonly<Partial<Record<WeightsFormat, string>>> = {
  torchscript: "a TorchScript file is a program, not only numbers",
  pytorch_state_dict: "the network of a state dict is Python code that comes with the model",
};

/** Why a Keras file with a Lambda layer is opened only when it is trusted. */
export const lambdaReason = "a Lambda layer is Python code inside the file";
