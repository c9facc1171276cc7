export type Attributes = ReadonlyMap<string, string>;

export interface XmlElement {
  readonly attributes: Attributes;
  /** Everything between the opening and the closing tag, as it stands in the file. */
  readonly content: string;
}

// no part can run over the next "<": a damaged text costs no more time than a whole one
const tag = /<(\/?)(?:[\w.-]+:)?([\w.-]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/g;
const attribute = /(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * The elements of a name in a piece of XML, whatever their namespace, in the order of the file. An element that is never closed ends where
 * the next of its name begins. Elements are expected not to contain others of the same name.
 */
export function xmlElements(xml: string, name: string): readonly XmlElement[] {
  const found: XmlElement[] = [];
  let open: { readonly attributes: Attributes; readonly start: number } | null = null;
  const finish = (end: number): void => {
    if (open !== null) found.push({ attributes: open.attributes, content: xml.slice(open.start, end) });
    open = null;
  };
  for (const match of xml.matchAll(tag)) {
    const [whole, slash, local, rest] = match;
    if (local !== name) continue;
    finish(match.index);
    if (slash === "/") continue;
    open = { attributes: attributesOf(rest!), start: match.index + whole.length };
    if (rest!.endsWith("/")) finish(open.start);
  }
  finish(xml.length);
  return found;
}

function attributesOf(text: string): Attributes {
  return new Map(
    [...text.matchAll(attribute)].map(([, name, double, single]) => [name!, decodeEntities(double ?? single ?? "")]),
  );
}

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(#x?)?(\w{1,8});/g, (whole, sign: string | undefined, code: string) => {
    if (sign === undefined) return named[code] ?? whole;
    const point = Number.parseInt(code, sign === "#x" ? 16 : 10);
    return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
