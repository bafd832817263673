import * as z from "zod";
import { stored, Timestamp } from "#protocol/documents/fields";
import { MemberId, PreviewId, RunId, RunnerId, ThreadId } from "#protocol/ids";
import { Name } from "#protocol/shown-text";

/** A port of a runner's own machine; lower ones belong to its system. */
export const PreviewPort = z.int().min(1_024).max(65_535);

/** The first label of a preview's host name: random, so that it says nothing and cannot be guessed. */
export const PreviewLabel = z.string().regex(/^[a-z2-7]{26}$/, "expected the label of a preview");

/** A port of a runner, shown on an origin of its own. */
export const Preview = z.looseObject({
  ...stored,
  id: PreviewId,
  label: PreviewLabel,
  runnerId: RunnerId,
  runId: RunId.optional().describe("the dev server that listens there; the preview ends with it"),
  threadId: ThreadId.optional().describe("of that run: when it is started again, the preview is the same"),
  memberId: MemberId.optional().describe("who asked for it; absent: the runner's local user"),
  openedAt: Timestamp,
  closedAt: Timestamp.optional(),
  body: z.looseObject({ name: Name, port: PreviewPort }),
});
export type Preview = z.infer<typeof Preview>;
