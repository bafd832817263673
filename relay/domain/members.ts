import type { Device, Member, PublicKey } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type DeviceId, type MemberId, newId } from "#protocol/ids";
import type { Role } from "#protocol/roles";
import { lastUsedWriteMs, maxDevicesPerMember } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import type { Change } from "#relay/store/store";

/** The people of the team and their devices. */
export interface Members {
  /** Everybody who was not removed. */
  all(): Member[];
  /** @returns undefined for one who was removed */
  find(id: MemberId): Member | undefined;
  named(name: string): Member | undefined;
  /** The owner who has been here the longest. */
  firstOwner(): Member | undefined;
  make(name: string, role: Role): Member;
  /** @throws BatonError `not_found`, `last_owner` */
  changeRole(id: MemberId, role: Role): Promise<Member>;
  /**
   * Removes a member, their sessions and tokens. What they did keeps their name.
   * @throws BatonError `not_found`, `last_owner`
   */
  remove(id: MemberId): Promise<void>;
  devicesOf(id: MemberId): Device[];
  makeDevice(memberId: MemberId, kind: Device["kind"], name: string, keys?: readonly PublicKey[]): Device;
  /** Notes that a device is in use; written down at most every `lastUsedWriteMs`. */
  touchDevice(id: DeviceId): void;
  /** Whether anybody with the role owner has ever had a device. */
  ownerHasSignedIn(): boolean;
}

export function createMembers({ store, ledger, clock }: DomainContext): Members {
  const { documents } = store;
  const all = () => documents.all("members").filter((member) => member.removedAt === undefined);
  const find = (id: MemberId) => {
    const member = documents.get("members", id);
    return member && member.removedAt === undefined ? member : undefined;
  };
  const need = (id: MemberId) => {
    const member = find(id);
    if (!member) throw new BatonError("not_found", { what: "member" });
    return member;
  };
  const keepAnOwner = (leaving: Member) => {
    const others = all().filter((member) => member.role === "owner" && member.id !== leaving.id);
    if (leaving.role === "owner" && others.length === 0) throw new BatonError("last_owner");
  };
  const devicesOf = (id: MemberId) =>
    documents.all("devices").filter((device) => device.memberId === id && device.revokedAt === undefined);

  return {
    all,
    find,
    named: (name) => all().find((member) => member.name.toLowerCase() === name.trim().toLowerCase()),
    firstOwner: () => all().find((member) => member.role === "owner"),
    make: (name, role) => ({ v: 1, rev: 0, id: newId("member", clock()), name, role, createdAt: clock() }),
    async changeRole(id, role) {
      const member = need(id);
      if (role !== "owner") keepAnOwner(member);
      await ledger.commit([{ collection: "members", put: { ...member, role } }]);
      return need(id);
    },
    async remove(id) {
      const member = need(id);
      keepAnOwner(member);
      const now = clock();
      const changes: Change[] = [{ collection: "members", put: { ...member, removedAt: now } }];
      for (const session of documents.all("sessions")) {
        if (session.memberId === id) changes.push({ collection: "sessions", remove: session.id });
      }
      for (const token of documents.all("tokens")) {
        if (token.memberId === id) changes.push({ collection: "tokens", remove: token.id });
      }
      for (const device of devicesOf(id)) {
        if (device.kind !== "runner") changes.push({ collection: "devices", put: { ...device, revokedAt: now } });
      }
      await ledger.commit(changes);
    },
    devicesOf,
    makeDevice(memberId, kind, name, keys = []) {
      if (devicesOf(memberId).length >= maxDevicesPerMember) {
        throw new BatonError("too_many", { what: "devices", max: maxDevicesPerMember });
      }
      const now = clock();
      return {
        v: 1,
        rev: 0,
        id: newId("device", now),
        memberId,
        kind,
        name,
        keys: [...keys],
        createdAt: now,
        lastSeenAt: now,
      };
    },
    touchDevice(id) {
      const device = documents.get("devices", id);
      if (!device || clock() - device.lastSeenAt < lastUsedWriteMs) return;
      // A lost note of a last use is no loss, and the store's health says by itself that it cannot write.
      ledger.commit([{ collection: "devices", put: { ...device, lastSeenAt: clock() } }]).catch(() => undefined);
    },
    ownerHasSignedIn: () =>
      documents
        .all("members")
        .some(
          (member) =>
            member.role === "owner" &&
            documents.all("devices").some((device) => device.memberId === member.id && device.kind === "browser"),
        ),
  };
}
