import assert from "node:assert/strict";
import fc from "fast-check";
import type { Member, Preview, ShareAudience } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { DeviceId, MemberId, ShareId } from "#protocol/ids";
import { type Role, roleAllows } from "#protocol/roles";
import type { PreviewGrant } from "#relay/domain/preview-grants";
import { runDocument } from "#test/relay/store/support/documents";
import { startDomain, type TestDomain } from "#test/support/relay-domain";

const minuteMs = 60_000;
/** The grants of members that came by no link, and so the longest that one can be good. */
const grantMs = 12 * 60 * minuteMs;

interface ModelShare {
  readonly id: ShareId;
  readonly secret: string;
  readonly audience: ShareAudience;
  readonly preview: Preview;
  readonly maker: MemberId;
  readonly expiresAt: number;
  isRevoked: boolean;
  views: number;
}
interface ModelGrant {
  readonly share: ModelShare;
  readonly grant: PreviewGrant;
  /** Absent: a guest. */
  readonly member?: MemberId;
  readonly endsAt: number;
}

/** What the relay is asked, and what a person would say that it has to answer. */
class World {
  readonly shares: ModelShare[] = [];
  readonly grants: ModelGrant[] = [];
  readonly roles = new Map<MemberId, Role | undefined>();
  readonly devices = new Map<MemberId, DeviceId>();
  readonly closed = new Set<string>();

  constructor(
    readonly test: TestDomain,
    readonly members: readonly Member[],
    readonly previews: readonly Preview[],
  ) {}

  pick<T>(list: readonly T[], index: number): T | undefined {
    return list[index % Math.max(1, list.length)];
  }
  isGood({ expiresAt, isRevoked, preview, maker }: ModelShare): boolean {
    const role = this.roles.get(maker);
    const isOver = isRevoked || this.closed.has(preview.id) || expiresAt <= this.test.now;
    return !isOver && role !== undefined && roleAllows(role, "prompter");
  }
  isIn({ share, member, endsAt }: ModelGrant): boolean {
    if (!this.isGood(share) || endsAt <= this.test.now) return false;
    if (member === undefined || share.audience === "public") return member === undefined;
    const role = this.roles.get(member);
    return role !== undefined && roleAllows(role, share.audience.role);
  }

  /** Everything that was ever handed out opens now what the model says, and nothing else. */
  async check(): Promise<void> {
    const { shares, previewGrants } = this.test.domain;
    for (const share of this.shares) {
      const isGood = this.isGood(share);
      assert.equal(shares.find(share.id) !== undefined, isGood);
      if (isGood) assert.equal(shares.redeem(share.secret).views, share.views, "a browser is counted once, and always");
      else assert.throws(() => shares.redeem(share.secret), { code: "share_over" });
    }
    for (const one of this.grants) {
      const isIn = this.isIn(one);
      assert.equal(previewGrants.holds(one.grant.admission), isIn);
      for (const { id } of this.previews) {
        const admission = await previewGrants.check(one.grant.token, id);
        assert.equal(admission !== undefined, isIn && id === one.share.preview.id);
      }
      asked[isIn ? "in" : "out"] += 1;
    }
  }
}

type Act = (world: World) => Promise<unknown>;
const small = fc.nat({ max: 12 });
const audience = fc.constantFrom<ShareAudience>("public", { role: "viewer" }, { role: "prompter" }, { role: "owner" });
const lifetime = fc.constantFrom(5 * minuteMs, 60 * minuteMs, 20 * 60 * minuteMs);
const act = (name: string, run: Act) => ({ name, act: run });

const acts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(small, small, audience, lifetime).map(([p, m, who, expiresInMs]) =>
      act(`make(${p}, ${m}, ${JSON.stringify(who)}, ${expiresInMs})`, async (world) => {
        const [preview, maker] = [world.pick(world.previews, p), world.pick(world.members, m)];
        // Roles are looked at by the endpoint, and closed previews are not found there.
        const role = maker && world.roles.get(maker.id);
        if (!preview || !maker || world.closed.has(preview.id) || !role || !roleAllows(role, "prompter")) return;
        const wish = { audience: who, expiresInMs };
        const { share, secret } = await world.test.domain.shares.make(preview, wish, maker);
        const { id, expiresAt } = share;
        const made = { id, secret, audience: who, preview, maker: maker.id, expiresAt };
        world.shares.push({ ...made, isRevoked: false, views: 0 });
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(small, small).map(([s, m]) =>
      act(`enter(${s}, ${m})`, async (world) => {
        const share = world.pick(world.shares, s);
        const member = world.pick(world.members, m);
        if (!share || !member || !world.isGood(share)) return;
        const { shares, previewGrants } = world.test.domain;
        await shares.viewed(share.id);
        share.views += 1;
        if (share.audience === "public") {
          const grant = await previewGrants.makeForGuest(shares.redeem(share.secret));
          world.grants.push({ share, grant, endsAt: share.expiresAt });
          return;
        }
        const deviceId = world.devices.get(member.id);
        const visitor = { memberId: member.id, shareId: share.id, ...(deviceId && { deviceId }) };
        const { ticket } = previewGrants.makeTicket(share.preview.id, visitor);
        const grant = await previewGrants.sell(ticket, share.preview.id);
        const endsAt = Math.min(share.expiresAt, world.test.now + grantMs);
        world.grants.push({ share, grant, member: member.id, endsAt });
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: small.map((s) =>
      act(`revoke(${s})`, async (world) => {
        const share = world.pick(world.shares, s);
        if (!share) return;
        const revoked = world.test.domain.shares.revoke(share.id);
        if (!world.isGood(share)) return assert.rejects(revoked, { code: "not_found" });
        await revoked;
        share.isRevoked = true;
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: small.map((p) =>
      act(`close(${p})`, async (world) => {
        const preview = world.pick(world.previews, p);
        if (!preview || world.closed.has(preview.id)) return;
        await world.test.domain.previews.close(preview.id);
        world.closed.add(preview.id);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(small, fc.constantFrom<Role | "removed">("viewer", "prompter", "approver", "removed"))
      .map(([m, role]) =>
        act(`member(${m}) is ${role}`, async (world) => {
          const member = world.pick(world.members, m);
          if (!member || world.roles.get(member.id) === undefined) return;
          if (role === "removed") await world.test.domain.members.remove(member.id);
          else await world.test.domain.members.changeRole(member.id, role);
          world.roles.set(member.id, role === "removed" ? undefined : role);
        }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(minuteMs, 10 * minuteMs, 61 * minuteMs, 13 * 60 * minuteMs).map((ms) =>
      act(`pass(${ms})`, async (world) => {
        // Seconds count: a grant ends within the last one of its link.
        world.test.now = Math.ceil(world.test.now / 1_000) * 1_000 + ms;
      }),
    ),
  },
  { weight: 1, arbitrary: fc.constant(act("sweep", (world) => world.test.domain.shares.sweep())) },
  { weight: 1, arbitrary: fc.constant(act("restart", (world) => world.test.restart())) },
);
const asked = { in: 0, out: 0 };
const numRuns = Number(process.env.BATON_SHARE_RUNS ?? 60);

describe("relay: links to previews as a state machine", () => {
  it("let in whom they are for, while they are good, and nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 15, maxLength: 50 }), async (script) => {
        await using test = await startDomain();
        test.now = Math.floor(test.now / 1_000) * 1_000;
        const runnerId = await test.addRunner();
        const previews: Preview[] = [];
        for (const port of [5173, 5174])
          previews.push(await test.domain.previews.show(runnerId, { port, name: "p", runId: undefined }));
        const members: Member[] = [];
        for (const role of ["prompter", "approver", "viewer"] as const) members.push(await test.addMember(role, role));
        const world = new World(test, members, previews);
        for (const { id, role } of members) {
          const device = test.domain.members.makeDevice(id, "browser", "desk");
          await test.domain.context.ledger.commit([{ collection: "devices", put: device }]);
          world.roles.set(id, role);
          world.devices.set(id, device.id);
        }
        for (const { act } of script) {
          await act(world);
          await world.check();
        }
      }),
      { numRuns },
    );
    assert.ok(asked.in > numRuns && asked.out > numRuns, `${JSON.stringify(asked)}: too few to say anything`);
  }).timeout(60_000);

  it("are swept when they are over, and not before", async () => {
    await using test = await startDomain();
    const { domain } = test;
    const preview = await domain.previews.show(await test.addRunner(), { port: 5173, name: "p", runId: undefined });
    const make = (expiresInMs: number) => domain.shares.make(preview, { audience: "public", expiresInMs }, test.owner);
    const [short, long, revoked] = [await make(5 * minuteMs), await make(60 * minuteMs), await make(60 * minuteMs)];
    await domain.shares.revoke(revoked.share.id);
    test.now += 5 * minuteMs;
    await domain.shares.sweep();
    const stored = domain.context.store.documents.all("shares");
    assert.deepEqual(
      stored.map(({ id }) => id),
      [long.share.id],
    );
    assert.throws(() => domain.shares.redeem(short.secret), { code: "share_over" });
    assert.ok(!JSON.stringify(stored).includes(long.secret.split(".")[1] ?? ""), "the secret is kept as a hash alone");
  });

  it("stay over when the preview that was closed is shown again, as it is when its server is started again", async () => {
    await using test = await startDomain();
    const { domain } = test;
    const runnerId = await test.addRunner();
    const first = runDocument(test.now, { runnerId, status: "running" });
    const second = runDocument(test.now, { runnerId, status: "running", threadId: first.threadId });
    await domain.context.ledger.commit([first, second].map((put) => ({ collection: "runs" as const, put })));
    const preview = await domain.previews.show(runnerId, { port: 5173, name: "p", runId: first.id });
    const wish = { audience: "public", expiresInMs: 60 * minuteMs } as const;
    const { share, secret } = await domain.shares.make(preview, wish, test.owner);
    const { admission } = await domain.previewGrants.makeForGuest(share);
    assert.ok(domain.previewGrants.holds(admission));
    await domain.previews.close(preview.id);
    const again = await domain.previews.show(runnerId, { port: 5173, name: "p", runId: second.id });
    assert.equal(again.id, preview.id, "it is the same one");
    assert.throws(() => domain.shares.redeem(secret), { code: "share_over" });
    assert.ok(!domain.previewGrants.holds(admission));
    assert.deepEqual(domain.shares.listOf(preview.id), []);
  });

  it("count every one of many views that come at once", async () => {
    await using test = await startDomain();
    const { domain } = test;
    const preview = await domain.previews.show(await test.addRunner(), { port: 5173, name: "p", runId: undefined });
    const wish = { audience: "public", expiresInMs: 60 * minuteMs } as const;
    const { share, secret } = await domain.shares.make(preview, wish, test.owner);
    await Promise.all(Array.from({ length: 50 }, () => domain.shares.viewed(share.id)));
    await test.restart();
    assert.equal(test.domain.shares.redeem(secret).views, 50);
    assert.equal(test.domain.shares.redeem(secret).lastViewedAt, test.now);
  });

  it("end with what the runner's own member allows their maker", async () => {
    await using test = await startDomain();
    const { domain } = test;
    const runnerId = await test.addRunner();
    const preview = await domain.previews.show(runnerId, { port: 5173, name: "p", runId: undefined });
    const ben = await test.addMember("Ben", "approver");
    const wish = { audience: "public", expiresInMs: 60 * minuteMs } as const;
    const { secret } = await domain.shares.make(preview, wish, ben);
    await domain.runners.change(runnerId, { promptedBy: [] });
    assert.throws(() => domain.shares.redeem(secret), { code: "share_over" });
    await assert.rejects(domain.shares.make(preview, wish, ben), { code: "runner_prompt_refused" });
    assert.ok(await domain.shares.make(preview, wish, test.owner), "it is their own machine");
  });

  it("have caps, for a preview and for all of them", async () => {
    await using test = await startDomain();
    const { domain } = test;
    const runnerId = await test.addRunner();
    const [one, other] = [
      await domain.previews.show(runnerId, { port: 5173, name: "p", runId: undefined }),
      await domain.previews.show(runnerId, { port: 5174, name: "p", runId: undefined }),
    ];
    const make = (preview: Preview) =>
      domain.shares.make(preview, { audience: "public", expiresInMs: 5 * minuteMs }, test.owner);
    for (let i = 0; i < 20; i++) await make(one);
    await assert.rejects(make(one), (error: BatonError) => error instanceof BatonError && error.code === "too_many");
    await make(other);
    test.now += 5 * minuteMs;
    await make(one);
    assert.equal(domain.shares.listOf(one.id).length, 1);
  });
});
