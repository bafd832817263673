import * as z from "zod";

/** RFC 9457. `code` and `params` are the stable part; `title` is the text of the table. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
