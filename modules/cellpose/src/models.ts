/** Built-in segmentation models of Cellpose 3 that run on CPnet, by upstream's names. */
export const segmentationModels = [
  "cyto3",
  "nuclei",
  "cyto2",
  "cyto",
  "cyto2_cp3",
  "tissuenet_cp3",
  "livecell_cp3",
  "yeast_PhC_cp3",
  "yeast_BF_cp3",
  "bact_phase_cp3",
  "bact_fluor_cp3",
  "deepbacs_cp3",
  "neurips_cellpose_default",
  "neurips_grayscale_cyto2",
  "CP",
  "CPx",
  "TN1",
  "TN2",
  "TN3",
  "LC1",
  "LC2",
  "LC3",
  "LC4",
] as const;

const tasks = ["denoise", "deblur", "upsample", "oneclick"] as const;
const trainedOn = ["cyto3", "cyto2", "nuclei"] as const;

/** Built-in restoration models. */
export const restorationModels = tasks.flatMap((task) => trainedOn.map((cells) => `${task}_${cells}`));
