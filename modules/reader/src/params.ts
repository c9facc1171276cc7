import { z } from "zod";

/** There is nothing to choose: what to read is said when it is read. */
export const readerParams = z.object({});
