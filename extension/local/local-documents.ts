import type { Member, Run, RunHeader, Runner, RunnerBody } from "#protocol/documents";
import type { KeeperRun } from "#protocol/keeper-link";
import type { LogRecord } from "#protocol/record";
import { newRun, withRecord } from "#protocol/run-document";
import { builtInProfiles } from "#runner/core/profiles";
import { isEnded } from "#runner/core/runs";

/** Ids of what there is without a relay; they leave this machine nowhere. */
const nothing = "0".repeat(32);
export const localRelayId = `rly_${nothing}`;
const localMemberId = `mem_${nothing}`;
const localDeviceId = `dev_${nothing}`;

/** Who sits here, as the view of a run wants to know it: with the right to type and to cancel. */
export const localMember: Member = {
  ...{ v: 1, rev: 1, id: localMemberId, createdAt: 0 },
  name: "You",
  role: "approver",
};

/** Somebody whom only the relay knows by name. */
export const memberOf = ({ memberId }: RunHeader): Member[] =>
  memberId === undefined ? [] : [{ ...localMember, id: memberId, name: "a member of the team" }];

export const localRunner = (header: RunHeader, body: RunnerBody, now: number): Runner => ({
  ...{ v: 1, rev: 1, id: header.runnerId, memberId: localMemberId, deviceId: localDeviceId },
  ...{ pairedAt: header.createdAt, lastSeenAt: now, state: "online", labels: [], concurrency: 1, promptedBy: "team" },
  report: {
    ...{ policy: "ask", version: "", runningRuns: 0, checkedAt: now },
    agents: builtInProfiles
      .filter(({ id }) => id === header.agent)
      .map(({ id, name }) => ({ id, name, available: true, modes: {} })),
  },
  body,
});

/** The document of a run, made from its keeper's log as a relay makes it. */
export interface LocalRun {
  take(records: readonly LogRecord[], now: number): void;
  /** @param run what the keeper says of it now, which counts also while the log is still being read */
  document(run: KeeperRun): Run;
}

export function createLocalRun(header: RunHeader): LocalRun {
  let made = newRun(header, header.createdAt);
  return {
    take(records, now) {
      for (const record of records) made = withRecord(made, record, now);
    },
    document(run) {
      const { exit, size, headSeq } = run;
      const end = run.lost ? "lost" : exit?.end;
      const asker = run.header.promptId === undefined ? localMemberId : run.header.memberId;
      return {
        ...made,
        ...run.header,
        ...(asker !== undefined && { memberId: asker }),
        ...{ size, headSeq: Math.max(made.headSeq, headSeq) },
        status: isEnded(run) ? "ended" : run.status,
        ...(end && { end }),
        ...(exit?.exitCode !== undefined && { exitCode: exit.exitCode }),
        ...(exit?.signal !== undefined && { signal: exit.signal }),
      };
    },
  };
}
