/** Extensions of the formats that can be read, lower case with their dot. Files are recognised by their content; names only choose among files. */
export const formats = {
  tiff: [".tif", ".tiff", ".btf", ".tf8", ".tf2"],
  png: [".png"],
  jpeg: [".jpg", ".jpeg"],
  npy: [".npy"],
} as const satisfies Record<string, readonly string[]>;

/** Ending of the folders that are one image: OME-Zarr. */
export const imageFolderExtension = ".zarr";

/** True for the name of a file that is probably an image that `readImage` takes. Loads nothing. */
export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return Object.values(formats).some((extensions) => extensions.some((extension) => lower.endsWith(extension)));
}
