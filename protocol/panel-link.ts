import * as z from "zod";
import type { EndpointName } from "#protocol/api";
import { WireError } from "#protocol/errors";
import { PreviewId, RunId, RunnerId } from "#protocol/ids";

/**
 * What a panel of the editor and the extension say to each other. The panel's page reaches no network: the extension
 * calls the relay for it, with a token that the page never sees.
 */

/** The calls that the view of a run, or that of a preview, makes; no other one is passed on. */
export const panelCalls = [
  "cancelRun",
  "changePreview",
  "closePreview",
  "enterPreview",
  "listPrompts",
  "listRuns",
  "makeTicket",
  "queuePrompt",
  "readPrompt",
  "readRun",
  "readSession",
] as const satisfies readonly EndpointName[];
export const PanelCall = z.enum(panelCalls);
export type PanelCall = z.infer<typeof PanelCall>;

/** Stands where a relay's address does, for a run that the extension shows from its keeper: it is on no relay. */
export const localPlace = "local:";

/** Calls of one panel that wait for their answer at one time. */
export const maxPanelCalls = 64;
/** Longest title of a panel's tab. */
export const maxPanelTitleLength = 200;

const CallId = z.int().nonnegative();
/** Text, or the bytes of a frame. */
const SocketData = z.union([z.string(), z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)]);

export const PanelFile = z.enum(["readLog", "readCast"]);
export type PanelFile = z.infer<typeof PanelFile>;

/** From the page to the extension. */
export const FromPanel = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("call"),
    id: CallId,
    name: PanelCall,
    request: z.record(z.string(), z.unknown()),
    idempotencyKey: z.string().max(200).optional(),
  }),
  z.object({ type: z.literal("socket.open"), socket: CallId }),
  z.object({ type: z.literal("socket.send"), socket: CallId, data: SocketData }),
  z.object({ type: z.literal("socket.close"), socket: CallId }),
  z.object({ type: z.literal("save"), file: PanelFile }).describe("the output of the panel's run as a file"),
  z.object({ type: z.literal("open"), path: z.string().max(200) }).describe("a place of the dashboard"),
  z.object({ type: z.literal("title"), title: z.string().max(maxPanelTitleLength) }),
  z.object({ type: z.literal("loaded") }).describe("the page is there, with all that belongs to it"),
  z.object({ type: z.literal("outside") }).describe("the panel's preview in a browser"),
  z.object({ type: z.literal("sign-in") }),
  z.object({ type: z.literal("reload") }).describe("the page anew"),
]);
export type FromPanel = z.infer<typeof FromPanel>;

/** From the extension to the page. */
export const ToPanel = z.discriminatedUnion("type", [
  z.object({ type: z.literal("answer"), id: CallId, result: z.unknown() }),
  z.object({ type: z.literal("refusal"), id: CallId, error: WireError }),
  z.object({ type: z.literal("socket.opened"), socket: CallId }),
  z.object({ type: z.literal("socket.message"), socket: CallId, data: SocketData }),
  z.object({ type: z.literal("socket.closed"), socket: CallId, code: z.int() }),
  z.object({ type: z.literal("visible"), visible: z.boolean() }),
]);
export type ToPanel = z.infer<typeof ToPanel>;

/** What a panel is about, and at which relay. */
const relay = z.string().max(2_000);
export const RunSubject = z.object({ relay, runId: RunId });
export type RunSubject = z.infer<typeof RunSubject>;
export const PreviewSubject = z.object({ relay, previewId: PreviewId, runnerId: RunnerId });
export type PreviewSubject = z.infer<typeof PreviewSubject>;
export type PanelSubject = RunSubject | PreviewSubject;

/** Two panels of one name are one. */
export const subjectName = (subject: PanelSubject): string =>
  "runId" in subject
    ? `${subject.runId} ${subject.relay}`
    : `${subject.previewId} ${subject.runnerId} ${subject.relay}`;

/** What the editor keeps of a panel, to open it again after a reload. */
const keptState = {
  v: z.literal(1),
  /** Drafts, and prompts that are not queued yet. */
  kept: z.record(z.string(), z.string()).catch({}),
};
export const PanelState = z.union([RunSubject.extend(keptState), PreviewSubject.extend(keptState)]);
export type PanelState = z.infer<typeof PanelState>;

/** What a panel is about, and nothing else of what was given. */
export const subjectOf = (given: PanelSubject): PanelSubject =>
  "runId" in given ? RunSubject.parse(given) : PreviewSubject.parse(given);
