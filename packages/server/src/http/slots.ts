import { randomUUID } from "node:crypto";
import { allocateImage, type SlotImage } from "@parfocal/core";
import { type SlotPlace, slotPlaceOf } from "@parfocal/core/serve";
import type { UploadSpec } from "./upload.ts";

/** Images in memory that clients fill. */
export interface Slots {
  readonly size: number;
  /**
   * @returns where it lies; null where slots cannot be mapped.
   * @throws ParfocalError SLOTS_FULL
   */
  add(spec: UploadSpec): (SlotPlace & { readonly id: string; readonly bytes: number }) | null;
  find(id: string): SlotImage | undefined;
  onDrop(id: string, callback: () => void): void;
  /** Safe to call twice. */
  drop(id: string): void;
}

export function createSlots(): Slots {
  const slots = new Map<string, { readonly image: SlotImage; onDrop: () => void }>();
  return {
    get size() {
      return slots.size;
    },
    add(spec) {
      const image = allocateImage(spec);
      const place = slotPlaceOf(image);
      if (place === null) return null;
      const id = randomUUID();
      slots.set(id, { image, onDrop: () => {} });
      return { id, ...place, bytes: image.data.byteLength };
    },
    find: (id) => slots.get(id)?.image,
    onDrop(id, callback) {
      const slot = slots.get(id);
      if (slot === undefined) callback();
      else slot.onDrop = callback;
    },
    drop(id) {
      const slot = slots.get(id);
      slots.delete(id);
      slot?.image.release();
      slot?.onDrop();
    },
  };
}
