import * as z from "zod";
import { stored, Timestamp } from "#protocol/documents/fields";
import { WireError } from "#protocol/errors";
import { MemberId, PreviewId, RunId, RunnerId, ThreadId } from "#protocol/ids";
import { Name } from "#protocol/shown-text";

/** A port of a runner's own machine; lower ones belong to its system. */
export const PreviewPort = z.int().min(1_024).max(65_535);

/** The first label of a preview's host name: random, so that it says nothing and cannot be guessed. */
export const PreviewLabel = z.string().regex(/^[a-z2-7]{26}$/, "expected the label of a preview");

/** Where everybody can reach something, through a tunnel of another company. It goes into links that people open. */
export const PublicUrl = z
  .string()
  .max(300)
  .regex(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/, "expected an https address without a path");

/** How the ports of a runner are reached: `auto` is the relay where it has names for previews, else Cloudflare. */
export const PreviewVia = z.enum(["auto", "relay", "cloudflare", "both"]);
export type PreviewVia = z.infer<typeof PreviewVia>;

/** Whether a relay has host names for previews: ones that lead to it, or those of this computer alone (`*.localhost`). */
export const PreviewHosts = z.enum(["none", "loopback", "public"]);
export type PreviewHosts = z.infer<typeof PreviewHosts>;

/** How a tunnel between a port and a public address is. */
export const TunnelState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("starting") }),
  z.object({ state: z.literal("ready"), url: PublicUrl }),
  z.object({
    state: z.literal("failed"),
    error: WireError,
    final: z.boolean().describe("it is not tried again by itself: a person has to change something first"),
  }),
]);
export type TunnelState = z.infer<typeof TunnelState>;

/** The profile of runs that keep a tunnel. */
export const tunnelAgent = "cloudflared";

/** The tunnel that a run keeps: it is a run of its own, beside that of the server. */
export const RunTunnel = z.intersection(z.object({ port: PreviewPort }), TunnelState);
export type RunTunnel = z.infer<typeof RunTunnel>;

/** What a runner says of the public address of a preview. Without address and problem it is being made. */
export const PublicAddress = z.object({
  publicUrl: PublicUrl.optional(),
  publicProblem: WireError.optional(),
  publicOnly: z.boolean(),
});
export type PublicAddress = z.infer<typeof PublicAddress>;

/** An origin of a page around a preview's frame, as browsers write it; the editor's own have schemes of their own. */
export const FramingOrigin = z
  .string()
  .max(300)
  .regex(/^[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.:[\]_-]+$/, "expected an origin");

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
  isPlain: z.boolean().optional().describe("its pages are shown as they are, without the relay's script"),
  body: z.looseObject({
    name: Name,
    port: PreviewPort,
    publicUrl: PublicUrl.optional().describe("anyone who has it sees the page: no grant of the relay protects it"),
    publicProblem: WireError.optional().describe("why there is no public address, though there is to be one"),
    publicOnly: z.boolean().optional().describe("it is not reached through the relay"),
  }),
});
export type Preview = z.infer<typeof Preview>;
