import { maxRecordBytes } from "#protocol/caps";
import { encodeInputFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { toUtf8 } from "#protocol/json";

const MiB = 1024 * 1024;
const command = () => newId("command");
const by = { kind: "member", memberId: newId("member"), name: "Mallory" };

/**
 * What a relay can say on a link that is no truth, by what is wrong with it. The last ones end the connection: what
 * comes behind them is said on the next.
 */
export const lies: readonly (readonly [what: string, message: string | Uint8Array])[] = [
  ["no JSON", "<html><body>502 Bad Gateway</body></html>"],
  ["JSON that is no message", "null"],
  ["a list of nothing", "[[[[]]]]"],
  ["a kind that nobody knows", JSON.stringify({ type: "runner.format-disk", id: command() })],
  ["wrong types", JSON.stringify({ type: "run.cancel", id: 7, runId: {}, by: "me" })],
  ["names of things that every object has", JSON.stringify({ type: "constructor", __proto__: null, id: command() })],
  ["a second welcome", JSON.stringify({ type: "welcome", version: 1, runs: [], claims: [] })],
  ["a second challenge", JSON.stringify({ type: "challenge", nonce: "n", relayId: newId("relay"), protocol: {} })],
  ["a reply that nobody asked for", JSON.stringify({ type: "reply", re: command(), result: { runs: 1 } })],
  ["the end of a run that nobody has", JSON.stringify({ type: "run.cancel", id: command(), runId: newId("run"), by })],
  [
    "the keyboard of a run that nobody has",
    JSON.stringify({ type: "lease.take", id: command(), runId: newId("run"), by, connection: "c" }),
  ],
  ["a hole in a run that nobody has", JSON.stringify({ type: "run.resend", runId: newId("run"), fromSeq: 1 })],
  [
    "a picture of a run that nobody has",
    JSON.stringify({ type: "snapshot.request", id: command(), runId: newId("run") }),
  ],
  [
    "a receipt for what was never sent",
    JSON.stringify({ type: "run.ack", acks: [{ runId: newId("run"), seq: 9e15 }] }),
  ],
  ["a prompt that is half there", JSON.stringify({ type: "prompt.offer", prompt: { id: newId("prompt") } })],
  ["a withdrawal of nothing", JSON.stringify({ type: "prompt.withdraw", promptId: newId("prompt"), attempt: 1 })],
  ["a very deep thing", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
  ["a binary frame of nothing", new Uint8Array(0)],
  ["a binary frame of noise", Uint8Array.from({ length: 4_096 }, (_, at) => (at * 131) % 256)],
  ["keys for a run that nobody has", encodeInputFrame(newId("run"), 1, toUtf8("rm -rf ~\r"))],
  ["more than a message may have", "x".repeat(2 * MiB + maxRecordBytes)],
  ["more than a frame may have", new Uint8Array(2 * MiB + maxRecordBytes)],
];
