import assert from "node:assert/strict";
import { heartbeatMs } from "#protocol/caps";
import { newId, type RelayId } from "#protocol/ids";
import type { ToRelay, ToRunner } from "#protocol/runner-link";
import { deadPeerMs, sleepJumpMs } from "#runner/core/caps";
import type { LinkEvents } from "#runner/core/host";
import { runLink } from "#runner/core/link";
import { linkUrl } from "#runner/core/link-connection";
import type { LinkSession } from "#runner/core/link-session";
import type { LinkState } from "#runner/core/status";
import { settle } from "#test/runner/intake-world";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";

const relayId: RelayId = newId("relay");

/** One socket as the test sees it, from the relay's side. */
interface Socket {
  readonly events: LinkEvents;
  readonly sent: ToRelay[];
  pings: number;
  isOpen: boolean;
}

function world() {
  const clock = scriptedClock();
  const sockets: Socket[] = [];
  const states: LinkState[] = [];
  const sessions: LinkSession[] = [];
  let offline = 0;
  const said: string[] = [];
  const wanted: AbortSignal[] = [];
  const host = scriptedHost({
    log: {
      debug: () => {},
      info: (_fields, message) => void said.push(message),
      warn: (_fields, message) => void said.push(message),
      error: () => {},
    },
    clock,
    random: () => 0.999_999,
    openLink: (_url, events) => {
      const socket: Socket = { events, sent: [], pings: 0, isOpen: true };
      sockets.push(socket);
      const close = () => {
        if (!socket.isOpen) return;
        socket.isOpen = false;
        queueMicrotask(() => events.closed("closed here"));
      };
      return {
        sendText: (text) => void socket.sent.push(JSON.parse(text) as ToRelay),
        sendBytes: () => {},
        ping: () => void socket.pings++,
        bufferedBytes: 0,
        close,
        drop: close,
      };
    },
  });
  const stop = new AbortController();
  let wake: () => void = () => {};
  const done = runLink(
    host,
    { url: "https://relay.example.com", deviceId: newId("device"), relayId },
    {
      async hello(signal) {
        wanted.push(signal);
        return { report: { policy: "auto", version: "0", agents: [], runningRuns: 0, checkedAt: 0 }, runs: [] };
      },
      online: (session) => void sessions.push(session),
      message: () => {},
      frame: () => {},
      drained: () => {},
      offline: () => void offline++,
      state: (state) => void states.push(state),
    },
    stop.signal,
    () => new Promise((resolve) => (wake = resolve)),
  );
  const socket = () => {
    const last = sockets.at(-1);
    assert.ok(last);
    return last;
  };
  const say = (message: ToRunner) => socket().events.text(JSON.stringify(message));
  const welcome = async () => {
    say({ type: "challenge", nonce: "n", relayId, protocol: { version: 1, oldest: 1 } });
    await settle();
    say({
      type: "welcome",
      version: 1,
      storeId: newId("store"),
      team: "Team",
      memberId: newId("member"),
      now: 0,
      runs: [],
      claims: [],
    });
    await settle();
  };
  const cut = async () => {
    socket().isOpen = false;
    socket().events.closed("cut");
    await settle();
  };
  return {
    said,
    wanted,
    clock,
    sockets,
    states,
    sessions,
    stop,
    done,
    socket,
    say,
    welcome,
    cut,
    wake: () => wake(),
    offline: () => offline,
  };
}

describe("runner: link", () => {
  it("waits with no hello for a link that is gone", async () => {
    const { welcome, cut, wanted, stop, done } = world();
    await welcome();
    assert.deepEqual(
      wanted.map(({ aborted }) => aborted),
      [false],
    );
    await cut();
    assert.deepEqual(
      wanted.map(({ aborted }) => aborted),
      [true],
    );
    stop.abort();
    await done;
  });

  it("proves its key on this relay's nonce before it says anything else", async () => {
    const { say, socket, stop, done } = world();
    assert.deepEqual(socket().sent, []);
    say({ type: "challenge", nonce: "n", relayId, protocol: { version: 1, oldest: 1 } });
    await settle();
    assert.equal(socket().sent[0]?.type, "hello");
    stop.abort();
    await done;
  });

  it("says once that the relay is gone, then every minute, and once that it is back", async () => {
    const { clock, said, states, cut, welcome, stop, done } = world();
    const down = "the link to the relay is down; it is made again";
    const started = clock.now();
    const fail = async () => {
      await cut();
      const state = states.at(-1);
      assert.equal(state?.state, "waiting");
      if (state?.state === "waiting") clock.advance(state.retryAtMs - clock.now());
      await settle();
    };
    for (let i = 0; i < 8; i++) await fail();
    assert.ok(clock.now() - started < 60_000);
    assert.deepEqual(said, [down]);
    while (clock.now() - started < 150_000) await fail();
    assert.deepEqual(said, [down, down, down].slice(0, said.length));
    assert.ok(said.length >= 2);
    const before = said.length;
    await welcome();
    assert.deepEqual(said.slice(before), ["the link to the relay is back"]);
    stop.abort();
    await done;
  });

  it("backs off from 0.5 to 30 s, and from the start after healthy uptime", async () => {
    const { clock, sockets, states, cut, welcome, stop, done } = world();
    const waits: number[] = [];
    const waited = () => {
      const state = states.at(-1);
      assert.equal(state?.state, "waiting");
      return state?.state === "waiting" ? state.retryAtMs - clock.now() : 0;
    };
    for (let i = 0; i < 16; i++) {
      await cut();
      waits.push(waited());
      clock.advance(waited());
      await settle();
      assert.equal(sockets.length, i + 2);
    }
    assert.deepEqual(waits.slice(0, 5), [500, 500, 500, 750, 1_125]);
    assert.equal(waits.at(-1), 30_000);
    await welcome();
    clock.advance(900);
    await cut();
    assert.equal(waited(), 30_000, "less than a second is not healthy");
    clock.advance(30_000);
    await settle();
    await welcome();
    clock.advance(1_000);
    await cut();
    assert.equal(waited(), 500);
    stop.abort();
    await done;
  });

  it("dials at once when somebody wakes it", async () => {
    const { sockets, cut, wake, stop, done } = world();
    await cut();
    wake();
    await settle();
    assert.equal(sockets.length, 2);
    stop.abort();
    await done;
  });

  it("sends a heartbeat every 5 s and drops a peer that is silent for 20 s at most", async () => {
    const { clock, socket, welcome, offline, stop, done } = world();
    await welcome();
    const first = socket();
    let silentMs = 0;
    while (first.isOpen && silentMs < 60_000) {
      clock.advance(1_000);
      silentMs += 1_000;
    }
    await settle();
    assert.ok(silentMs > deadPeerMs && silentMs <= 20_000, `${silentMs}`);
    assert.equal(
      first.sent.filter(({ type }) => type === "heartbeat").length,
      Math.floor((silentMs - 1) / heartbeatMs),
    );
    assert.ok(first.pings >= 3);
    assert.equal(offline(), 1);
    stop.abort();
    await done;
  });

  it("keeps a link whose peer only answers pings", async () => {
    const { clock, socket, welcome, stop, done } = world();
    await welcome();
    for (let i = 0; i < 60; i++) {
      clock.advance(1_000);
      if (i % 5 === 0) socket().events.alive();
    }
    assert.ok(socket().isOpen);
    stop.abort();
    await done;
  });

  it("drops the link at the first heartbeat after the machine has slept", async () => {
    const { clock, socket, welcome, stop, done } = world();
    await welcome();
    const before = socket();
    clock.jump(heartbeatMs + sleepJumpMs + 1);
    before.events.alive();
    clock.advance(0);
    assert.equal(before.isOpen, false);
    stop.abort();
    await done;
  });

  for (const code of ["runner_replaced", "runner_revoked", "signature_invalid", "protocol_version_unsupported"]) {
    it(`stops for good at ${code}`, async () => {
      const { clock, sockets, states, say, done } = world();
      say({ type: "error", error: { code, params: { host: "elsewhere", by: "Ana" } } });
      await done;
      clock.advance(120_000);
      await settle();
      assert.equal(sockets.length, 1);
      const last = states.at(-1);
      assert.ok(last?.state === "stopped" && last.error?.code === code);
    });
  }

  it("says nothing to another relay than the one of its pairing", async () => {
    const { states, say, done, socket } = world();
    say({ type: "challenge", nonce: "n", relayId: newId("relay"), protocol: { version: 1, oldest: 1 } });
    await done;
    assert.deepEqual(socket().sent, []);
    const last = states.at(-1);
    assert.ok(last?.state === "stopped" && last.error?.code === "relay_changed");
  });

  it("speaks to no relay whose versions it does not know", async () => {
    const { states, say, done, socket } = world();
    say({ type: "challenge", nonce: "n", relayId, protocol: { version: 9, oldest: 8 } });
    await done;
    assert.deepEqual(socket().sent, []);
    const last = states.at(-1);
    assert.ok(last?.state === "stopped" && last.error?.code === "protocol_version_unsupported");
  });

  it("rejects what waits for a reply when the link is lost, and drops a link that does not reply", async () => {
    const { clock, sessions, cut, welcome, socket, stop, done } = world();
    await welcome();
    const ask = () =>
      assert.rejects(
        sessions
          .at(-1)
          ?.request({ type: "prompt.claim", id: newId("command"), promptId: newId("prompt"), attempt: 1 }) ??
          Promise.resolve(),
        { code: "connection_lost" },
      );
    const first = ask();
    await cut();
    await first;
    clock.advance(30_000);
    await settle();
    await welcome();
    const second = ask();
    for (let i = 0; i < 20; i++) {
      clock.advance(1_000);
      socket().events.alive();
    }
    await second;
    stop.abort();
    await done;
  });

  it("leaves out what it does not understand", async () => {
    const { socket, welcome, stop, done } = world();
    await welcome();
    socket().events.text('{"type":"something.newer"}');
    socket().events.text("not JSON");
    assert.ok(socket().isOpen);
    stop.abort();
    await done;
  });

  it("finds the socket of a relay, below a path too", () => {
    assert.equal(linkUrl("https://relay.example.com"), "wss://relay.example.com/api/runner-link");
    assert.equal(linkUrl("http://127.0.0.1:4000/base/"), "ws://127.0.0.1:4000/base/api/runner-link");
  });
});
