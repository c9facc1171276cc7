/** Where the BioImage Model Zoo keeps the files of its models; `bioimageio.spec` 0.5.12 names the same address (`collection_http_pattern`). */
const zoo = "https://hypha.aicell.io/bioimage-io/artifacts";

const idPattern = /^[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9][a-z0-9_-]*)*$/i;

/** Whether a text can be an id such as "affable-shark", as opposed to a path. */
export function isZooId(text: string): boolean {
  return idPattern.test(text) && !/\.(zip|ya?ml|xml|onnx|h5|pt)$/i.test(text);
}

/** Address of the description of a model in the zoo, for example of "affable-shark". The setting `mirror` may send it elsewhere. */
export function zooAddress(id: string): string {
  return `${zoo}/${id}/files/rdf.yaml`;
}
