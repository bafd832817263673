import type { EndpointName } from "#protocol/api";
import { type Endpoint, endpoints } from "#protocol/api";
import type { Member, Preview, Prompt, Run, Runner, Share } from "#protocol/documents";
import { mayPrompt } from "#protocol/may-prompt";
import { type Role, roleAllows } from "#protocol/roles";
import { inputFrameRole } from "#protocol/viewer-link";

/** Whether this member's role allows the endpoint. */
export function mayCall(me: Member | undefined, name: EndpointName): boolean {
  const { role }: Endpoint = endpoints[name];
  return me !== undefined && role !== "public" && role !== "server" && roleAllows(me.role, role as Role);
}

/** What is somebody else's may be moved and ended from the role of an approver on. */
const isOwnOrApprovers = (me: Member, memberId: string | undefined) =>
  memberId === me.id || roleAllows(me.role, "approver");

export const mayCancelRun = (me: Member | undefined, run: Run): boolean =>
  me !== undefined && mayCall(me, "cancelRun") && isOwnOrApprovers(me, run.memberId);

/** Moving, cancelling, starting again, forgetting. */
export const mayManagePrompt = (me: Member | undefined, prompt: Prompt): boolean =>
  me !== undefined && mayCall(me, "changePrompt") && isOwnOrApprovers(me, prompt.memberId);

/** The words of a prompt are its author's. */
export const mayEditPrompt = (me: Member | undefined, prompt: Prompt): boolean =>
  me !== undefined && mayCall(me, "changePrompt") && prompt.memberId === me.id;

/** Typing can answer an agent, so it needs the role, and the runner's own member may keep it to some. */
export const mayTypeInto = (me: Member | undefined, runner: Runner | undefined): boolean =>
  me !== undefined && roleAllows(me.role, inputFrameRole) && (runner === undefined || mayPrompt(runner, me.id));

/** Whoever asked for it and the runner's own member; others from the role of an approver on. */
export const mayClosePreview = (me: Member | undefined, preview: Preview, runner: Runner | undefined): boolean =>
  me !== undefined &&
  mayCall(me, "closePreview") &&
  (runner?.memberId === me.id || isOwnOrApprovers(me, preview.memberId));

/** Whoever may have agents work on a machine may let others see what it shows. */
export const maySharePreview = (me: Member | undefined, runner: Runner | undefined): boolean =>
  me !== undefined && mayCall(me, "makeShare") && runner !== undefined && mayPrompt(runner, me.id);

/** Whoever made it and the runner's own member; others from the role of an approver on. */
export const mayRevokeShare = (me: Member | undefined, share: Share, runner: Runner | undefined): boolean =>
  me !== undefined &&
  mayCall(me, "revokeShare") &&
  (runner?.memberId === me.id || isOwnOrApprovers(me, share.memberId));

/** A run is cancelled by its keeper, whom the relay reaches only while the runner is there. */
export const canBeCancelled = (run: Run): boolean => run.status !== "ended" && run.away !== true;
