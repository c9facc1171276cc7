/** Letters of 5 x 7 dots, a row after the other, for lengths alone: digits, the point and the units; µ goes two rows below the line. */
const drawings: Readonly<Record<string, string>> = {
  "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
  "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
  "2": ".###. #...# ....# ..##. .#... #.... #####",
  "3": ".###. #...# ....# ..##. ....# #...# .###.",
  "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
  "5": "##### #.... ####. ....# ....# #...# .###.",
  "6": "..##. .#... #.... ####. #...# #...# .###.",
  "7": "##### ....# ...#. ..#.. .#... .#... .#...",
  "8": ".###. #...# #...# .###. #...# #...# .###.",
  "9": ".###. #...# #...# .#### ....# ...#. .##..",
  ".": "..... ..... ..... ..... ..... .##.. .##..",
  n: "..... ..... #.##. ##..# #...# #...# #...#",
  m: "..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#",
  µ: "..... ..... #...# #...# #...# ##.## #.#.# #.... #....",
  " ": "..... ..... ..... ..... ..... ..... .....",
};

export const glyphWidth = 5;
export const glyphHeight = 7;
/** Columns from one letter to the next. */
export const glyphStep = glyphWidth + 1;

/** Dots of a text from its upper left corner. */
export function dotsOf(text: string): readonly (readonly [x: number, y: number])[] {
  return [...text].flatMap((letter, place) =>
    (drawings[letter] ?? "")
      .split(" ")
      .flatMap((row, y) => [...row].flatMap((dot, x) => (dot === "#" ? [[place * glyphStep + x, y] as const] : []))),
  );
}
