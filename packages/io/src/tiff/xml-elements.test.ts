import { describe, expect, it } from "vitest";
import { xmlElements } from "./xml-elements.ts";

describe("xmlElements", () => {
  it("finds elements under any namespace, with what they hold", () => {
    const xml = `<o:Image ID='1'><o:Pixels SizeX="4"/></o:Image ><ImageRef ID="2"/><Image ID="3"/>`;
    const found = xmlElements(xml, "Image");
    expect(found.map(({ attributes }) => attributes.get("ID"))).toEqual(["1", "3"]);
    expect(found.map(({ content }) => content)).toEqual([`<o:Pixels SizeX="4"/>`, ""]);
  });

  it("reads attributes in either quotes, with signs that would end a tag, and entities", () => {
    const [element] = xmlElements(`<Pixels Name="a > b / c" Unit='&#181;m' Other = "&lt;&quot;&#x3bc;&amp;&unknown;">`, "Pixels");
    expect([...element!.attributes]).toEqual([
      ["Name", "a > b / c"],
      ["Unit", "µm"],
      ["Other", `<"μ&&unknown;`],
    ]);
  });

  it("ends an element that is not closed where the next one begins", () => {
    expect(xmlElements("<A>1<A>2</A>3<A", "A").map(({ content }) => content)).toEqual(["1", "2"]);
    expect(xmlElements("<A>1", "A").map(({ content }) => content)).toEqual(["1"]);
  });
});
