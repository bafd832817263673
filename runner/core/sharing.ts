import { isSharedWith, type RunHeader, type SharedWith } from "#protocol/documents";
import type { LinkTarget } from "#runner/core/link-session";

/** Which of a folder's runs its relay may hear of. */
export interface Sharing {
  /** The relay, as the runs that are shared with it name it; absent: there is none. */
  readonly relay: SharedWith | undefined;
  /** Whether a run, of whatever folder, is a team run of this relay. */
  includes(header: RunHeader): boolean;
}

/**
 * A folder that changes its relay, or that two runners serve for two relays, keeps the runs of each from the other:
 * a run names the relay that it is shared with, and is told to no other one.
 * @param target the relay of the link; absent: nothing leaves this machine
 */
export function createSharing(target: LinkTarget | undefined): Sharing {
  const relay = target && sharedWith(target);
  return {
    relay,
    includes(header) {
      if (!relay) return false;
      if (header.sharedWith) return isSharedWith(header, relay);
      return header.visibility === "team" && target?.ownsUnnamed === true;
    },
  };
}

/** The relay of a pairing, as runs name it. */
export function sharedWith({ relayId, url }: Pick<LinkTarget, "relayId" | "url">): SharedWith {
  const { protocol, host, pathname } = new URL(url);
  return { relayId, url: `${protocol}//${host}${pathname.replace(/\/+$/, "")}` };
}
