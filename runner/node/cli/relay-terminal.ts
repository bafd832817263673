import type { RunId } from "#protocol/ids";
import { exitOf, type RunExit, type RunTerminal, showRecord, type TerminalSink } from "#runner/node/cli/run-terminal";
import type { Client } from "#sdk/client";
import type { Connection } from "#sdk/connection";
import { type RunWatch, watchRun } from "#sdk/run-watch";

/** The terminal of a run, watched over a relay; a link that comes and goes loses and repeats nothing. */
export function openRelayTerminal(
  client: Client,
  connection: Connection,
  runId: RunId,
  isWhole: boolean,
  sink: TerminalSink,
): RunTerminal {
  let end: (exit: RunExit) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<RunExit>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  ended.catch(() => {});

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
  const stopWatchingState = connection.state.subscribe(() => {
    const { phase, error } = connection.state.get();
    if (phase === "denied" && error) fail(error);
  });
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
      stopWatchingState();
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
