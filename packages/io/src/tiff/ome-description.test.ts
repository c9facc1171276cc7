import { describe, expect, it } from "vitest";
import { parseOmeDescription } from "./ome-description.ts";

const ome = (data: string, pixels = `SizeZ="3" SizeC="2" SizeT="1"`, root = ""): string =>
  `<OME ${root}><Image ID="Image:0"><Pixels DimensionOrder="XYCZT" SizeX="4" SizeY="4" ${pixels}>${data}</Pixels></Image></OME>`;
const plane = (ifd: number, name: string, uuid = "urn:uuid:a"): string =>
  `<TiffData IFD="${ifd}" FirstC="${ifd % 2}" FirstZ="${Math.floor(ifd / 2)}"><UUID FileName="${name}">${uuid}</UUID></TiffData>`;
const all = [0, 1, 2, 3, 4, 5];

describe("parseOmeDescription", () => {
  it("knows a file that was renamed from planes that lie in others", () => {
    const whole = ome(all.map((ifd) => plane(ifd, "old.ome.tif")).join(""));
    expect(parseOmeDescription(whole, "new.ome.tif")?.images[0]).toMatchObject({ otherFiles: [], planes: null, axes: "tzcyx" });
    const half = (index: number): string => (index < 3 ? "one.tif" : "two.tif");
    const split = ome(all.map((ifd) => plane(ifd, half(ifd))).join(""));
    expect(parseOmeDescription(split, "one.tif")?.images[0]?.otherFiles).toEqual(["two.tif"]);
    expect(parseOmeDescription(split, "new.tif")?.images[0]?.otherFiles).toEqual(["one.tif", "two.tif"]);
    const marked = ome(all.map((ifd) => plane(ifd, half(ifd), half(ifd))).join(""), undefined, `UUID="one.tif"`);
    expect(parseOmeDescription(marked, "new.tif")?.images[0]?.otherFiles).toEqual(["two.tif"]);
  });

  it("says which planes are missing", () => {
    const description = ome(
      all
        .slice(1)
        .map((ifd) => plane(ifd, "a.tif"))
        .join(""),
    );
    expect(parseOmeDescription(description, "a.tif")?.images[0]?.planes).toEqual([-1, 1, 2, 3, 4, 5]);
    expect(parseOmeDescription(ome(`<TiffData IFD="2" PlaneCount="6"/>`), "a.tif")?.images[0]).toMatchObject({
      firstDirectory: 2,
      planes: null,
    });
  });

  it("knows each of several images, by name, and the names of its channels", () => {
    const channels = `<Channel Name="DAPI &amp; co"/><Channel/>`;
    const image = (name: string, z: number) =>
      `<Image Name="${name}"><Pixels DimensionOrder="XYCZT" SizeZ="${z}" SizeC="2" SizeT="1">${channels}<TiffData/></Pixels></Image>`;
    const parsed = parseOmeDescription(`<OME>${image("A1", 3)}${image("A2", 1)}${image("A3", 2)}</OME>`, "a.tif");
    expect(parsed?.images.map(({ name, firstDirectory, planes }) => [name, firstDirectory, planes])).toEqual([
      ["A1", 0, null],
      ["A2", 6, null],
      ["A3", 8, null],
    ]);
    expect(parsed?.images[1]?.channels).toEqual(["DAPI & co", ""]);
  });

  it("takes units of length, and no size that is none", () => {
    const size = (attributes: string) => parseOmeDescription(ome("", attributes), "a.tif")?.images[0]?.pixelSize;
    expect(
      size(`PhysicalSizeX="0.5" PhysicalSizeY="500" PhysicalSizeYUnit="nm" PhysicalSizeZ="1" PhysicalSizeZUnit="pixel"`),
    ).toEqual({
      x: 0.5,
      y: 0.5,
    });
    expect(size(`PhysicalSizeX="0" PhysicalSizeY="-1" PhysicalSizeZ="many"`)).toEqual({});
  });

  it("is null for other texts", () => {
    for (const text of ["", "ImageJ=1.54f", "<OME></OME>", ome("").replace("XYCZT", "XYCCT"), "<OME><Pixels"]) {
      expect(parseOmeDescription(text, "a.tif")).toBeNull();
    }
  });

  it("makes no table of planes for sizes that no file has", () => {
    const huge = ome(`<TiffData FirstZ="1"/>`, `SizeZ="100000" SizeC="100000" SizeT="9"`);
    expect(parseOmeDescription(huge, "a.tif")?.images[0]?.planes).toBeNull();
    const again = ome(`<TiffData FirstZ="1"/>`.repeat(30), `SizeZ="100000" SizeC="1" SizeT="9"`);
    expect(parseOmeDescription(again, "a.tif")?.images[0]?.planes).toBeNull();
  });
});
