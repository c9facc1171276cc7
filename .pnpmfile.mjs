/** Runs when a package is packed or published: core gets the packages that bring uv, which no folder of the workspace holds. */
async function beforePacking(manifest) {
  if (manifest.name !== "@parfocal/core") return manifest;
  const { uvDependencies } = await import("./tooling/uv-binaries/src/platform-packages.ts");
  return { ...manifest, optionalDependencies: uvDependencies() };
}

export const hooks = { beforePacking };
