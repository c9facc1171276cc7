import type { InputFile } from "../read/input-file.ts";
import { isCopy, type TiffLayout } from "./layout.ts";
import { type Page, pageBytes, pageOf } from "./page.ts";
import { readDirectoryAt } from "./read-directories.ts";

/** The levels of a pyramid. */
export interface Levels {
  /** The full resolution first; one where there is no pyramid. */
  readonly sizes: readonly { readonly y: number; readonly x: number }[];
  /** The page that holds a plane at a level. @param at place of the plane among all of the image */
  pageAt(level: number, at: number): Promise<Page>;
}

const maxLevels = 32;

/** Smaller copies of the pages, in directories below theirs or, of a single page, beside it. Only the first page's are read now. */
export async function findLevels(file: InputFile, { pages, contiguous, reduced }: TiffLayout): Promise<Levels> {
  const [first] = pages as [Page];
  const below = first.isUnusual ? [] : await copiesBelow(first);
  const copies = below.length > 0 || first.isUnusual ? below : reduced;
  return {
    sizes: [first, ...copies].map(({ height, width }) => ({ y: height, x: width })),
    async pageAt(level, at) {
      if (contiguous > 1) return { ...first, offsets: first.offsets.map((offset) => offset + at * pageBytes(first)) };
      const page = pages[at]!;
      if (level === 0) return page;
      return below.length > 0 ? copyAt(page, page.subIfds[level - 1] ?? 0) : copies[level - 1]!;
    },
  };

  async function copiesBelow(page: Page): Promise<Page[]> {
    const found: Page[] = [];
    for (const offset of page.subIfds.slice(0, maxLevels)) {
      const copy = await copyAt(page, offset);
      if (!isCopy(copy, found.at(-1) ?? page) || copy.isUnusual) break;
      found.push(copy);
    }
    return found;
  }

  async function copyAt(page: Page, offset: number): Promise<Page> {
    return pageOf(file, await readDirectoryAt(file, offset, page.index));
  }
}
