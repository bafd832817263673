import type { IncomingMessage, ServerResponse } from "node:http";
import type { Preview, Share } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { letIn, ownPaths, readFromOwnPage } from "#relay/previews/entry";
import type { Entry } from "#relay/previews/own-requests";
import { sendJson, sendPage } from "#relay/previews/pages";

/** Where guests come: the secret of the link stands behind `#`, where neither servers nor programs that preview links see it. */
export const sharePath = `${ownPaths}share`;
/** Says whose link it is. It is given the part of the secret that lets nobody in. */
export const shareAboutPath = `${sharePath}/about`;

/** The first page of a guest: whose machine it is. The secret is sent by a press of its button, and by nothing else. */
export const sendSharePage = (response: ServerResponse): void =>
  sendPage(response, 200, {
    title: "A page is shared with you",
    text: "This takes a moment.",
    button: "Show the page",
    withoutScript: "To show it, this browser has to run JavaScript.",
    isNeverFramed: true,
    script,
  });

const script = `
const secret = location.hash.slice(1);
const [title, text, button] = ["h1", "p", "button"].map((name) => document.querySelector(name));
const send = (path, body) => fetch(path, { method: "POST", body });
const refused = async (answer) => {
  title.textContent = answer.status === 410 ? "This link lets nobody in" : "That did not work";
  text.textContent = await answer.text();
  button.hidden = true;
};
const failed = () => {
  title.textContent = "Nobody answers";
  text.textContent = "Look whether this device is online, then load the page again.";
  button.hidden = true;
};
const about = async (answer) => {
  if (!answer.ok) return refused(answer);
  const { isIn, by, runner, of, until } = await answer.json();
  if (isIn) return location.replace("/");
  const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(until);
  const machine = of === by ? runner : runner + ", the machine of " + of;
  text.textContent =
    by + " shares a page that runs on " + machine + ", until " + time + ". What you type there goes to that machine.";
  button.hidden = false;
};
send("${shareAboutPath}", secret.split(".")[0]).then(about).catch(failed);
button.addEventListener("click", () => {
  button.disabled = true;
  send("${sharePath}", secret)
    .then((answer) => (answer.ok ? location.replace("/") : refused(answer)))
    .catch(failed);
});
addEventListener("hashchange", () => location.reload());
`;

/** What the first page says. @throws BatonError `share_over`, `origin_refused` */
export async function tellAboutShare(
  request: IncomingMessage,
  response: ServerResponse,
  { domain, site, preview, admitted }: Entry,
): Promise<void> {
  const given = await readFromOwnPage(request, site.originOf(preview.label), new BatonError("share_over"));
  const { memberId, expiresAt } = needGuests(domain.shares.peek(given), preview);
  const runner = domain.runners.get(preview.runnerId);
  const nameOf = (id: string | undefined) => (id && domain.members.find(id)?.name) ?? "a former member";
  sendJson(response, {
    isIn: admitted !== undefined,
    by: nameOf(memberId),
    runner: runner?.body.name ?? "a former runner",
    of: nameOf(runner?.memberId),
    until: expiresAt,
  });
}

/** Lets a guest in, and counts the browser once. @throws BatonError `share_over`, `origin_refused` */
export async function takeShare(
  request: IncomingMessage,
  response: ServerResponse,
  { domain, site, preview, admitted }: Entry,
): Promise<void> {
  const given = await readFromOwnPage(request, site.originOf(preview.label), new BatonError("share_over"));
  const share = needGuests(domain.shares.redeem(given), preview);
  if (admitted?.shareId !== share.id) await domain.shares.viewed(share.id);
  const cookie = { name: site.guestCookie, secure: site.isSecure, sameSite: "lax" } as const;
  letIn(response, await domain.previewGrants.makeForGuest(share), domain.context.clock(), cookie);
}

/** A link for members is no way in here. */
function needGuests(share: Share, { id }: Preview): Share {
  if (share.audience !== "public" || share.previewId !== id) throw new BatonError("share_over");
  return share;
}
