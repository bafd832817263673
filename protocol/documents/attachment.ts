import * as z from "zod";
import { maxAttachments, maxAttachmentsBytes } from "#protocol/caps";

/** A picture that travels with a prompt. Its runner writes it beside the run, and tells the agent where it is. */
export const PromptAttachment = z.looseObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.(png|jpg)$/, "expected the plain name of a picture"),
  bytes: z.base64().describe("base64"),
});
export type PromptAttachment = z.infer<typeof PromptAttachment>;

const maxLength = Math.ceil(maxAttachmentsBytes / 3) * 4;

export const PromptAttachments = z
  .array(PromptAttachment)
  .max(maxAttachments)
  .refine((all) => all.reduce((sum, { bytes }) => sum + bytes.length, 0) <= maxLength, {
    message: `at most ${maxAttachmentsBytes} bytes together`,
  });
