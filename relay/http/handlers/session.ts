import type { Member } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { nameFrom } from "#protocol/shown-text";
import { deviceLinkMs, maxDeviceNameLength } from "#relay/caps";
import { roleOfScopes } from "#relay/domain/access-tokens";
import type { Call, Handlers } from "#relay/http/call";
import { clearSessionCookies, readSessionCookies, setSessionCookies } from "#relay/http/cookies";

type Names = "signIn" | "peekLink" | "refreshSession" | "readSession" | "signOut" | "makeTicket" | "makeLink";

export const sessionHandlers: Pick<Handlers, Names> = {
  async signIn(call, { body }) {
    const { members, links, sessions, context } = call.domain;
    const { member, changes } = links.redeem(body.secret, body.name);
    const name = body.device ?? call.request.get("user-agent") ?? "a browser";
    const device = members.makeDevice(member.id, "browser", nameFrom(name, "a browser", maxDeviceNameLength));
    // Nothing is waited for between looking at the secret and using it up: it opens once, however often it is sent.
    const { change, tokens } = sessions.begin(member.id, device.id);
    await context.ledger.commit([...changes, { collection: "devices", put: device }, change]);
    setSessionCookies(call.response, call.deps.site, await tokens());
    Object.assign(call.audit, { memberId: member.id, target: device.id });
    return signedIn(call, members.find(member.id) ?? member);
  },

  peekLink: ({ domain }, { body }) => domain.links.peek(body.secret),

  async refreshSession(call) {
    const { refresh } = readSessionCookies(call.request, call.deps.site);
    if (refresh === undefined) throw new BatonError("not_signed_in");
    try {
      const { holder, tokens } = await call.domain.sessions.refresh(refresh);
      const member = call.domain.members.find(holder.memberId);
      if (!member) throw new BatonError("session_expired");
      setSessionCookies(call.response, call.deps.site, tokens);
      return signedIn(call, member);
    } catch (error) {
      if (error instanceof BatonError && error.code.startsWith("session_")) {
        clearSessionCookies(call.response, call.deps.site);
        call.deps.log.warn(
          { requestId: call.requestId, code: error.code, from: call.address },
          "a session was not refreshed",
        );
      }
      throw error;
    }
  },

  readSession: (call) => signedIn(call, call.member),

  async signOut(call) {
    const { caller, domain } = call;
    if (caller.kind === "member" && caller.token) await domain.tokens.remove(caller.member.id, caller.token.id);
    if (call.deviceId) await domain.sessions.end(call.deviceId);
    clearSessionCookies(call.response, call.deps.site);
  },

  makeTicket({ domain, caller, member, deviceId }) {
    const token = caller.kind === "member" ? caller.token : undefined;
    return domain.tickets.make({
      memberId: member.id,
      needsOrigin: token === undefined,
      ...(deviceId && { deviceId }),
      ...(token && { tokenId: token.id, maxRole: roleOfScopes(token.scopes) }),
    });
  },

  async makeLink(call) {
    const { secret, expiresAt } = await call.domain.links.make({ memberId: call.member.id }, deviceLinkMs);
    return { url: linkUrl(call, "link", secret), expiresAt };
  },
};

/** The secret stands behind `#`, which no browser sends and no proxy logs. */
export const linkUrl = (call: Call, kind: "link" | "invite", secret: string): string =>
  `${call.deps.site.publicUrl}/#${kind}=${secret}`;

const signedIn = ({ deps, domain }: Call, member: Member) => ({
  member,
  relay: { id: domain.context.relayId, name: deps.team, version: deps.version },
});
