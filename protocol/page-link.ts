import * as z from "zod";
import {
  maxPageErrorLength,
  maxPageErrors,
  maxPagePathLength,
  maxPageTitleLength,
  maxPictureBytes,
} from "#protocol/caps";

/**
 * What the page of a preview and the surface around it say to each other, where the relay has put its script into the
 * page (`webview-ui/previews/page/`). The page knocks (`PageKnock`, by `postMessage` to the one origin that may show
 * it), and the surface answers with a port (`pageHello`), on which everything else goes. What a page says is the word of
 * an untrusted page: it is parsed, bounded, and shown as text.
 */
export const PageKnock = z.object({ type: z.literal("baton.here") });
export const pageHello = { type: "baton.hello" } as const;

/** Something that went wrong in the page, as often as it was seen. */
export const PageError = z.object({
  text: z.string().max(maxPageErrorLength),
  times: z.int().min(1),
});
export type PageError = z.infer<typeof PageError>;

const PictureId = z.int().nonnegative();

/** From the page to the surface. */
export const FromPage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("place"),
    path: z.string().startsWith("/").max(maxPagePathLength),
    title: z.string().max(maxPageTitleLength),
    canGoBack: z.boolean().describe("within the frame"),
    canGoForward: z.boolean(),
  }),
  z.object({
    type: z.literal("errors"),
    count: z.int().min(0).describe("of all, also of those whose texts are not kept"),
    errors: z.array(PageError).max(maxPageErrors),
  }),
  z.object({
    type: z.literal("picture"),
    id: PictureId,
    bytes: z.instanceof(Uint8Array).refine(({ length }) => length <= maxPictureBytes),
  }),
  z.object({ type: z.literal("no-picture"), id: PictureId }),
]);
export type FromPage = z.infer<typeof FromPage>;

/** From the surface to the page. */
export type ToPage =
  | { readonly type: "reload" | "back" | "forward" }
  | { readonly type: "picture"; readonly id: number };
