import type { RunId } from "#protocol/ids";
import { createRunEnd, exitOf, type RunTerminal, showRecord, type TerminalSink } from "#runner/node/cli/run-terminal";
import type { Client } from "#sdk/client";
import type { Connection } from "#sdk/connection";
import { type RunWatch, watchRun } from "#sdk/run-watch";
import type { Readable } from "#sdk/vanilla-store";

/** The terminal of a run, watched over a relay; a link that comes and goes loses and repeats nothing. */
export function openRelayTerminal(
  client: Client,
  connection: Connection,
  runId: RunId,
  isWhole: boolean,
  sink: TerminalSink,
): RunTerminal {
  const { ended, end, fail } = createRunEnd();

  const watch = watchRun(connection, runId, {
    reset: (snapshot) => {
      if (snapshot) sink.picture(snapshot.bytes);
    },
    record: (record, consumed) => {
      const exit = showRecord(record, sink);
      consumed();
      if (exit) end(exit);
    },
    changed: () => {},
  });
  const stopListening = connection.listen({
    // A run whose keeper died has no exit record: only the relay can say that nothing more will come.
    message: (message) => {
      if (message.type !== "changed" && message.type !== "welcome") return;
      const run = message.runs?.find((one) => one.id === runId);
      if (run?.status === "ended" && run.end === "lost") end(exitOf(run));
    },
  });
  const failWhen = (state: Readable<{ phase: string; error?: Error | undefined }>, final: string) =>
    state.subscribe(() => {
      const { phase, error } = state.get();
      if (phase === final && error) fail(error);
    });
  const stopWatching = [failWhen(connection.state, "denied"), failWhen(watch.state, "refused")];
  if (isWhole) watch.loadEverything();
  watch.enter();

  return {
    ended,
    type: (bytes) => void watch.type(bytes),
    resize: (size) => void watch.resize(size),
    async takeLease() {
      await Promise.race([live(watch), ended]);
      await watch.takeLease();
    },
    async cancel() {
      await client.call("cancelRun", { params: { id: runId } });
    },
    close() {
      stopListening();
      for (const stop of stopWatching) stop();
      watch.dispose();
    },
  };
}

/** Settles when the run is shown as it is now. */
function live(watch: RunWatch): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (watch.state.get().phase !== "live") return;
      stop();
      resolve();
    };
    const stop = watch.state.subscribe(look);
    look();
  });
}
