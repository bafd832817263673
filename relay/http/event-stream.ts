import * as z from "zod";
import { parseMessage } from "#protocol/json";
import { type LocatedRecord, recordKindName, recordKinds } from "#protocol/record";
import { followLog } from "#relay/domain/follow";
import { storedRecords } from "#relay/domain/record-walk";
import type { Call } from "#relay/http/call";
import { write } from "#relay/http/raw-log";

/**
 * Server-sent events (WHATWG HTML, section 9.2): `status` with the run's document when it has changed, `log` with one
 * record each, `done` at the end. Ids are `seq.rev`, and `Last-Event-ID` goes on behind them.
 */
export async function sendEvents(call: Call, runId: string): Promise<undefined> {
  const { member, deps } = call;
  deps.eventStreams.take(member.id);
  try {
    await stream(call, runId);
  } finally {
    deps.eventStreams.give(member.id);
  }
}

async function stream(call: Call, runId: string): Promise<void> {
  const { domain, response, request, deps } = call;
  const last = lastEventOf(request.get("last-event-id") ?? request.query.lastEventId);
  const run = await domain.runs.openLog(runId);
  const { logs } = domain.context.store;

  response.set({ "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
  response.flushHeaders();
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  response.once("close", leave);
  deps.closing.addEventListener("abort", leave);
  const comments = setInterval(() => response.write(": still here\n\n"), deps.keepAliveMs);

  const decoder = new TextDecoder();
  let { seq, rev } = last;
  let shownStatus: string | undefined;
  const status = async () => {
    const document = await domain.runs.need(runId);
    if (document.rev === rev) return "";
    rev = document.rev;
    shownStatus = document.status;
    return event("status", `${seq}.${rev}`, document);
  };
  try {
    await write(response, `retry: 2000\n\n${await status()}`);
    // Characters are cut at the borders of records: the bytes right before the place decide how the next one begins.
    const fromSeq = Math.max(1, seq - longestCharacterBytes + 1);
    for await (const { bytes } of followLog(run, logs, fromSeq, leaving.signal)) {
      let text = "";
      for (const record of storedRecords(bytes)) {
        const data = dataOf(record, decoder);
        if (record.seq <= seq) continue;
        seq = record.seq;
        text += event("log", `${seq}.${rev}`, data);
      }
      if (bytes.length === 0) text += await status();
      if (text !== "" && !(await write(response, text))) break;
    }
    if (!leaving.signal.aborted) {
      const ended = await domain.runs.need(runId);
      const { end, exitCode, signal } = ended;
      // The log may be at its end a moment before the document is written.
      const lastStatus = shownStatus === "ended" ? "" : event("status", `${seq}.${ended.rev}`, ended);
      await write(
        response,
        lastStatus + event("done", `${seq}.${ended.rev}`, { end, exitCode, signal, headSeq: run.receivedSeq }),
      );
    }
  } finally {
    leaving.abort();
    clearInterval(comments);
    deps.closing.removeEventListener("abort", leave);
    domain.runs.letGo(run);
    response.end();
  }
}

const longestCharacterBytes = 4;

const event = (name: string, id: string, data: unknown) =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

function dataOf(record: LocatedRecord, decoder: TextDecoder): object {
  const { seq, ts, kind, payload } = record;
  const name = recordKindName(kind) ?? String(kind);
  if (kind === recordKinds.output) return { seq, ts, kind: name, text: decoder.decode(payload, { stream: true }) };
  try {
    return { seq, ts, kind: name, payload: parseMessage(z.unknown(), payload) };
  } catch {
    return { seq, ts, kind: name };
  }
}

/** `seq.rev` of the last event that the client has seen. */
function lastEventOf(value: unknown): { seq: number; rev: number } {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(typeof value === "string" ? value : "");
  return match ? { seq: Number(match[1]), rev: Number(match[2]) } : { seq: 0, rev: -1 };
}
