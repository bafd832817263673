import type { Member, Prompt, Run } from "#protocol/documents";
import { newId, type RunId } from "#protocol/ids";

const memberId = newId("member");
const runnerId = newId("runner");

/** An ended run, born at `at`. */
export function runDocument(at: number, more: Partial<Run> = {}): Run {
  return {
    v: 1,
    rev: 0,
    id: newId("run", at) as RunId,
    runnerId,
    threadId: newId("thread", at),
    memberId,
    agent: "echo",
    mode: "once",
    access: "edit",
    visibility: "team",
    createdAt: at,
    storeId: "log-1",
    status: "ended",
    end: "exited",
    exitCode: 0,
    headSeq: 120,
    outputBytes: 40_000,
    receivedAt: at,
    endedAt: at + 60_000,
    body: {
      title: "Write hello.txt",
      prompt: "Write hello.txt with one line in it, then run the tests and tell me what they said.",
      cwd: "/home/ana/project",
      command: "claude -p",
    },
    ...more,
  };
}

export function promptDocument(at: number, more: Partial<Prompt> = {}): Prompt {
  return {
    v: 1,
    rev: 0,
    id: newId("prompt", at),
    createdAt: at,
    expiresAt: at + 86_400_000,
    memberId,
    target: { runnerId },
    agent: "echo",
    mode: "once",
    access: "edit",
    threadId: newId("thread", at),
    state: "queued",
    attempt: 1,
    position: at,
    body: { text: "Write hello.txt" },
    ...more,
  };
}

export function memberDocument(name: string, more: Partial<Member> = {}): Member {
  return { v: 1, rev: 0, id: newId("member"), name, role: "owner", createdAt: 1, ...more };
}
