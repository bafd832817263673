import { EventEmitter, type Pseudoterminal, type TerminalDimensions } from "vscode";
import { createDisposables, toDisposable } from "#extension/disposables";
import { openRunScreen, type RunScreen } from "#extension/run-screen";
import { withoutTerminalReplies } from "#extension/terminal-replies";
import type { TerminalSize } from "#protocol/documents";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor, Payload } from "#protocol/payloads";
import type { Clock, Log } from "#runner/core/host";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";

/** The terminal of one run. Closing it closes the view; the run goes on in its keeper. */
export interface RunPty extends Pseudoterminal {
  /**
   * The keeper that holds the run is connected; `undefined` while it is not.
   * @param run the run as of when it is asked for
   */
  connect(run: () => KeeperRun, keeper: KeeperConnection | undefined): void;
  /** What that keeper tells about this run. */
  frame(bytes: Uint8Array): void;
  event(event: KeeperEvent): void;
}

interface RunPtyDeps {
  readonly title: string;
  readonly by: Actor;
  readonly clock: Clock;
  readonly log: Log;
  readonly closed: () => void;
}

const clearScreen = "\x1bc";
const dim = (text: string) => `\r\n\x1b[0m\x1b[2m${text}\x1b[0m\r\n`;

export function createRunPty({ title, by, clock, log, closed }: RunPtyDeps): RunPty {
  const disposables = createDisposables();
  const written = disposables.add(new EventEmitter<string>());
  const sized = disposables.add(new EventEmitter<TerminalDimensions | undefined>());
  const named = disposables.add(new EventEmitter<string>());
  const left = disposables.add(new EventEmitter<number | undefined>());

  let own: TerminalSize | undefined;
  let opened = false;
  let screen: RunScreen | undefined;
  let attach: (() => void) | undefined;
  let exit: Payload<"exit"> | undefined;
  let other: Actor | undefined;

  const start = (run: KeeperRun, keeper: KeeperConnection) => {
    screen = openRunScreen(
      { run, size: own, keeper, by, clock, log },
      {
        draw: (text, fresh) => written.fire(fresh ? clearScreen + text : text),
        sized: (size) => sized.fire(sameSize(size, own) ? undefined : { columns: size.cols, rows: size.rows }),
        gap: (bytes) => written.fire(dim(`… ${bytes} bytes of older output were given up to stay within the cap …`)),
        typedBy(actor) {
          other = actor;
          named.fire(actor ? `${title} (${actor.name ?? "somebody"} is typing)` : title);
        },
        ended(record) {
          exit = record;
          written.fire(dim(`${endText(record)} Press any key to close this terminal.`));
          named.fire(`${record.end === "exited" && record.exitCode === 0 ? "✓" : "✗"} ${title}`);
        },
      },
    );
  };

  const detach = () => {
    screen?.close();
    screen = undefined;
  };
  disposables.add(toDisposable(detach));

  return {
    onDidWrite: written.event,
    onDidOverrideDimensions: sized.event,
    onDidChangeName: named.event,
    onDidClose: left.event,
    connect(run, keeper) {
      detach();
      attach = keeper && (() => start(run(), keeper));
      if (opened) attach?.();
    },
    frame: (bytes) => screen?.frame(bytes),
    event: (event) => screen?.event(event),
    open(dimensions) {
      opened = true;
      if (dimensions) own = { cols: dimensions.columns, rows: dimensions.rows };
      attach?.();
    },
    handleInput(data) {
      if (exit) return left.fire(exit.exitCode ?? (exit.end === "exited" ? 0 : 1));
      const typed = withoutTerminalReplies(data);
      if (typed === "" || !screen) return;
      // The keyboard comes back to the desk, and with it the size of the desk's own terminal.
      if (other && own) screen.resize(own);
      screen.type(typed);
    },
    setDimensions({ columns, rows }) {
      own = { cols: columns, rows };
      if (!other && !exit) screen?.resize(own);
    },
    close() {
      disposables.dispose();
      closed();
    },
  };
}

const sameSize = (a: TerminalSize, b: TerminalSize | undefined) => b?.cols === a.cols && b.rows === a.rows;

const endTexts: Record<Payload<"exit">["end"], (exit: Payload<"exit">) => string> = {
  exited: ({ exitCode }) => `The run ended with exit code ${exitCode ?? "unknown"}.`,
  cancelled: ({ by }) => `The run was cancelled${by?.name ? ` by ${by.name}` : ""}.`,
  "timed-out": () => "The run took longer than it may and was ended.",
  lost: () => "The keeper of this run is gone, and the run with it.",
  failed: () => "The run could not be started.",
};
const endText = (exit: Payload<"exit">) => endTexts[exit.end](exit);
