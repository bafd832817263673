import { isLinkOf } from "#extension/panel/own-run";
import type { FromPanel, PanelCall, PreviewSubject } from "#protocol/panel-link";

type Call = Extract<FromPanel, { type: "call" }>;

/**
 * Whether a page of a preview's panel may say this. A page of whoever wrote it stands in its frame, so it is believed no
 * further than it needs: it acts on its own preview alone, and asks nobody for work but that preview's runner.
 */
export function isOfPreview(message: FromPanel, subject: PreviewSubject): boolean {
  if (message.type === "call") return rules[message.name]?.(message.request, subject) ?? true;
  return message.type === "socket.send" ? isLinkOf(message, undefined) : message.type !== "save";
}

const never = () => false;
/** Calls without a row read what the link tells every member anyway. */
const rules: { readonly [C in PanelCall]?: (request: Call["request"], subject: PreviewSubject) => boolean } = {
  cancelRun: never,
  enterPreview: namesPreview,
  changePreview: namesPreview,
  closePreview: namesPreview,
  queuePrompt: ({ body }, { runnerId }) => fieldOf(fieldOf(body, "target"), "runnerId") === runnerId,
};

function namesPreview({ params }: Call["request"], { previewId }: PreviewSubject): boolean {
  return fieldOf(params, "id") === previewId;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
