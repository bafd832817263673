import { decodeFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import type { FromPanel, PanelCall } from "#protocol/panel-link";
import { ToRelayFromViewer } from "#protocol/viewer-link";

type Call = Extract<FromPanel, { type: "call" }>;
type Sent = Extract<FromPanel, { type: "socket.send" }>;

/**
 * Whether a page of a panel may say this. It draws what agents print, so it is believed no further than it needs: it
 * acts on its own run alone, by a call and on the viewer link, whatever else its member might do at that relay.
 */
export function isOfRun(message: FromPanel, runId: RunId): boolean {
  if (message.type === "call") return rules[message.name]?.(message.request, runId) ?? true;
  return message.type === "socket.send" ? isLinkOf(message, runId) : true;
}

const never = () => false;
/** Calls without a row read what the link tells every member anyway. */
const rules: { readonly [C in PanelCall]?: (request: Call["request"], runId: RunId) => boolean } = {
  cancelRun: namesRun,
  changePreview: never,
  closePreview: never,
  enterPreview: never,
  readRun: namesRun,
  queuePrompt: ({ body }, runId) => fieldOf(body, "afterRunId") === runId,
};

function namesRun({ params }: Call["request"], runId: RunId): boolean {
  return fieldOf(params, "id") === runId;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** @param runId the only run that it may name; undefined: none */
export function isLinkOf({ data }: Sent, runId: RunId | undefined): boolean {
  try {
    if (typeof data !== "string") {
      const frame = decodeFrame(data instanceof Uint8Array ? data : new Uint8Array(data));
      return frame.type === "input" && frame.runId === runId;
    }
    const command = parseMessage(ToRelayFromViewer, data);
    return !("runId" in command) || command.runId === runId;
  } catch {
    // What cannot be read is nothing that a page of ours says.
    return false;
  }
}
