import { withoutIcons } from "#extension/notification-text";
import type { WireError } from "#protocol/errors";
import type { RunnerStatus, RunView } from "#runner/core/status";

/** What the whole window looks like, over all its folders: the source of the status bar and the context keys. */
export interface Overview {
  readonly running: number;
  readonly needsYou: number;
  readonly typing: readonly string[];
  readonly isPaused: boolean;
  readonly link: "none" | "online" | "connecting" | "stopped";
  readonly teams: readonly string[];
  /** Runs that a disk without room holds up. */
  readonly heldUp: number;
  /** Why no keeper can be had: no agent starts, and none can be seen. */
  readonly keeperFailure: WireError | undefined;
}

export const isOpenRun = (run: RunView): boolean => run.status !== "ended";

/** The disk takes nothing of its log. */
export const isHeldUp = ({ run, status }: RunView): boolean => run.stalled !== undefined && status !== "ended";

export const isLocalRun = ({ run }: RunView): boolean => run.header.visibility === "local";

/** @param asking prompts that wait for the person at this editor */
export function overviewOf(statuses: readonly RunnerStatus[], asking: number): Overview {
  const open = statuses.flatMap((status) => status.runs.filter(isOpenRun));
  const links = statuses.map((status) => status.link);
  const is = (state: string) => links.some((link) => link.state === state);
  const typing = open.flatMap(({ lease: { holder } }) =>
    holder?.kind === "member" ? [holder.name ?? "somebody"] : [],
  );
  return {
    running: open.filter((run) => run.status !== "needs-you").length,
    needsYou: open.filter((run) => run.status === "needs-you").length + asking,
    typing: [...new Set(typing)],
    isPaused: statuses.some((status) => status.policy === "paused"),
    link: is("stopped")
      ? "stopped"
      : is("connecting") || is("waiting")
        ? "connecting"
        : is("online")
          ? "online"
          : "none",
    heldUp: open.filter(isHeldUp).length,
    keeperFailure: statuses.map((status) => status.keeperFailure).find(Boolean),
    teams: [...new Set(links.flatMap((link) => (link.state === "online" ? [link.team] : [])))],
  };
}

/** 1 needs you, 2 need you. */
export const needYou = (count: number): string => `${count} ${count === 1 ? "needs" : "need"} you`;

/** The text of the status bar item, with a codicon in front. */
export function statusText({ running, needsYou, typing, isPaused, link, keeperFailure, heldUp }: Overview): string {
  const isHeld = isPaused && link !== "none";
  const counts = [running > 0 && `${running} running`, needsYou > 0 && needYou(needsYou)].filter(Boolean);
  if (keeperFailure) return "$(warning) Baton: no keeper";
  if (heldUp > 0) return `$(warning) Baton: ${heldUp} held up`;
  if (typing.length > 0) return `$(keyboard) Baton: ${withoutIcons(typing.join(", "))} typing`;
  if (counts.length > 0)
    return `${linkIcons[link]} Baton: ${[...counts, isHeld && "paused"].filter(Boolean).join(" · ")}`;
  if (isHeld) return "$(debug-pause) Baton: paused";
  return linkTexts[link];
}

const linkIcons: Record<Overview["link"], string> = {
  none: "$(broadcast)",
  online: "$(broadcast)",
  connecting: "$(sync~spin)",
  stopped: "$(debug-disconnect)",
};
const linkTexts: Record<Overview["link"], string> = {
  none: "$(broadcast) Baton",
  online: "$(broadcast) Baton: ready",
  connecting: "$(sync~spin) Baton: reconnecting",
  stopped: "$(debug-disconnect) Baton: disconnected",
};
