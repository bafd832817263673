import { createHash, type Hash } from "node:crypto";
import WebSocket from "ws";
import type { RunId } from "#protocol/ids";
import { recordKinds } from "#protocol/record";
import { createClient, type SocketClass } from "#sdk/client";
import { type Connection, createConnection } from "#sdk/connection";
import { watchRun } from "#sdk/run-watch";
import type { Person } from "#test/support/people";

/** A dashboard without a screen: the SDK's own connection, which comes back by itself, and a hash for every run. */
export interface Follower {
  readonly follow: (runId: RunId) => void;
  readonly isFollowing: (runId: RunId) => boolean;
  /** What was seen of a run; `keptUp` is false when a snapshot stood in for a part of the log. */
  readonly seen: (runId: RunId) => { sha256: string; bytes: number; keptUp: boolean; lastSeq: number };
  /** The time of the newest record that came, of any run. */
  readonly lastRecordAt: () => number;
  readonly stop: () => void;
}

interface Following {
  hash: Hash;
  bytes: number;
  keptUp: boolean;
  lastSeq: number;
}

/** A viewer has only so many watches; the runs behind these wait for their turn and are seen from their start then. */
const maxFollowed = 40;

/** @param baseUrl where this member reaches the relay, for example through a proxy that fails */
export function createFollower(person: Person, baseUrl: string): Follower {
  const client = createClient({ baseUrl, token: person.token, WebSocket: WebSocket as unknown as SocketClass });
  const connection: Connection = createConnection({ client });
  const following = new Map<string, Following>();
  const waiting: (() => void)[] = [];
  let watches = 0;
  let lastRecordAt = 0;
  connection.start();

  const begin = (runId: RunId, one: Following) => {
    watches++;
    const watch = watchRun(connection, runId, {
      reset(snapshot) {
        Object.assign(one, { hash: createHash("sha256"), bytes: 0, keptUp: snapshot === undefined, lastSeq: 0 });
      },
      record(record, consumed) {
        if (record.seq !== one.lastSeq + 1 && one.keptUp) one.keptUp = record.kind === recordKinds.gap;
        one.lastSeq = record.seq;
        lastRecordAt = Math.max(lastRecordAt, record.ts);
        if (record.kind === recordKinds.output) {
          one.hash.update(record.payload);
          one.bytes += record.payload.length;
        }
        consumed();
        if (record.kind === recordKinds.exit) setImmediate(finish);
      },
      changed() {},
    });
    /** Nothing comes behind the exit. */
    const finish = () => {
      watch.dispose();
      watches--;
      waiting.shift()?.();
    };
    watch.loadEverything();
    watch.enter();
  };

  return {
    isFollowing: (runId) => following.has(runId),
    follow(runId) {
      if (following.has(runId)) return;
      const one: Following = { hash: createHash("sha256"), bytes: 0, keptUp: true, lastSeq: 0 };
      following.set(runId, one);
      if (watches < maxFollowed) begin(runId, one);
      else waiting.push(() => begin(runId, one));
    },
    seen(runId) {
      const one = following.get(runId);
      if (!one) throw new Error(`${runId} was not followed`);
      return { sha256: one.hash.copy().digest("hex"), bytes: one.bytes, keptUp: one.keptUp, lastSeq: one.lastSeq };
    },
    lastRecordAt: () => lastRecordAt,
    stop: () => connection.stop(),
  };
}
