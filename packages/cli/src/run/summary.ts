import type { SizeHistogram } from "@parfocal/io";
import type { Outcome } from "./outcome.ts";

/** Something that is made of all images of a batch, at its end. */
export interface Summary {
  /** Called once for each image of the batch, also for those that were done before. */
  add(outcome: Outcome): Promise<void>;
  /** @returns where it is and what is to be said of it; null where no image has results. @throws ParfocalError OUTPUT_UNWRITABLE */
  write(): Promise<{ readonly path: string; readonly words: string } | null>;
}

/** The images of a batch, whichever of them are in work now. */
export interface Batch {
  /** Records of all of its images, in order, in the folder of the results. */
  readonly runs: readonly string[];
  /** True: the page to look it over is wanted. */
  readonly qc: boolean;
  /** Sizes of the objects of all images that are not in work now; null: they are counted in the labels. */
  readonly sizes: SizeHistogram | null;
}
