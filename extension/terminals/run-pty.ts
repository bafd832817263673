import { EventEmitter, type Pseudoterminal, type TerminalDimensions } from "vscode";
import { screenPartMs } from "#extension/caps";
import { createDisposables, toDisposable } from "#extension/disposables";
import { openRunScreen, type RunScreen } from "#extension/terminals/run-screen";
import type { ScreenPart } from "#extension/terminals/screen-part";
import { endedName, terminalName, typedName } from "#extension/terminals/terminal-names";
import type { TerminalSize } from "#protocol/documents";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor, Payload } from "#protocol/payloads";
import type { Clock, Log } from "#runner/core/host";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";
import { withoutTerminalReplies } from "#runner/core/terminal-replies";
import { runLook } from "#sdk/run-look";

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
  /** There is no run: says why, and closes with the next key. */
  refuse(text: string): void;
}

interface RunPtyDeps {
  readonly title: string;
  readonly by: Actor;
  readonly clock: Clock;
  readonly log: Log;
  /** The terminal is there, for the first time; a run that begins with it takes its size. */
  readonly opened?: (size: TerminalSize | undefined) => void;
  readonly closed: () => void;
}

const clearScreen = "\x1bc";
const dim = (text: string) => `\r\n\x1b[0m\x1b[2m${text}\x1b[0m\r\n`;

export function createRunPty({ title, by, clock, log, opened: onOpened, closed }: RunPtyDeps): RunPty {
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
  let isRefused = false;
  let other: Actor | undefined;
  let runSize: TerminalSize | undefined;
  /** The editor only ever makes a terminal smaller than its panel, so a larger screen is shown in part. */
  let part: ScreenPart | undefined;
  let createPart: ((size: TerminalSize) => ScreenPart) | undefined;
  let stopPartTimer: (() => void) | undefined;
  let generation = 0;

  const isTooLarge = (size: TerminalSize) => own !== undefined && (size.cols > own.cols || size.rows > own.rows);
  /** Nobody else's size stays for long: the run takes this terminal's own. */
  const wantsPart = () => runSize !== undefined && isTooLarge(runSize) && other !== undefined && !exit;
  const cropped = (text: string) => (runSize && isTooLarge(runSize) ? withoutEmptyEnd(text) : text);
  const drawPart = () => {
    stopPartTimer?.();
    stopPartTimer = undefined;
    if (part && own && runSize) written.fire(part.draw(own, partNote(runSize, other)));
  };
  const partChanged = () => {
    if (part) stopPartTimer ??= clock.after(screenPartMs, drawPart);
  };
  const override = () => {
    const isSmaller = runSize && !part && !sameSize(runSize, own);
    sized.fire(isSmaller && runSize ? { columns: runSize.cols, rows: runSize.rows } : undefined);
  };

  const start = (run: KeeperRun, keeper: KeeperConnection) => {
    const mine = ++generation;
    let isFresh = true;
    other = memberOf(run.lease.holder);
    part = undefined;
    const ifCurrent =
      <A extends unknown[]>(handler: (...args: A) => void) =>
      (...args: A) => {
        if (mine === generation) handler(...args);
      };
    const opened = openRunScreen(
      { run, size: own, keeper, by, clock, log },
      {
        draw: ifCurrent((text, fresh) => {
          isFresh = false;
          if (!part) return written.fire(fresh ? clearScreen + cropped(text) : text);
          if (fresh && runSize) part = createPart?.(runSize);
          part?.write(text);
          partChanged();
        }),
        sized: ifCurrent((size) => {
          runSize = size;
          if (wantsPart() === (part !== undefined)) part?.resize(size);
          else if (isFresh && createPart) part = createPart(size);
          else startAgain();
          override();
        }),
        gap: ifCurrent((bytes) =>
          written.fire(dim(`… ${bytes} bytes of older output were given up to stay within the cap …`)),
        ),
        typedBy: ifCurrent((actor) => {
          other = actor;
          if (wantsPart() && !part) startAgain();
          partChanged();
          named.fire(actor ? typedName(title, actor.name ?? "somebody") : terminalName(title));
        }),
        ended: ifCurrent((record) => {
          exit = record;
          // What is over is there as a whole, with what had scrolled away.
          if (part) return startAgain();
          written.fire(dim(`${endText(record)} Press any key to close this terminal.`));
          named.fire(endedName(title, runLook({ status: "ended", ...record }).tone));
        }),
      },
    );
    screen = opened;
  };

  const detach = () => {
    screen?.close();
    screen = undefined;
  };
  disposables.add(
    toDisposable(() => {
      generation++;
      stopPartTimer?.();
      detach();
    }),
  );
  /** Between the whole screen and a part of it lies a fresh start, from the keeper's picture. */
  const startAgain = () => {
    const mine = generation;
    const begin = () => {
      if (mine !== generation) return;
      detach();
      attach?.();
    };
    if (createPart) return begin();
    // An emulator is loaded by nobody whose terminals are all as large as their runs.
    Promise.all([import("#extension/terminals/screen-part"), import("#runner/keeper/emulator")]).then(
      ([{ createScreenPart }, { createEmulator }]) => {
        createPart = ({ cols, rows }) => createScreenPart(createEmulator(cols, rows, 0));
        begin();
      },
      (error: unknown) => log.error({ error: String(error) }, "a large screen cannot be shown"),
    );
  };

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
    event(event) {
      screen?.event(event);
      // With nobody at the keyboard the terminal is the desk's own again.
      const isFree = event.type === "lease.changed" && !event.holder;
      if (isFree && own && runSize && !sameSize(runSize, own)) screen?.resize(own);
    },
    open(dimensions) {
      opened = true;
      if (dimensions) own = { cols: dimensions.columns, rows: dimensions.rows };
      attach?.();
      onOpened?.(own);
    },
    refuse(text) {
      isRefused = true;
      written.fire(`${dim(text)}${dim("Press any key to close this terminal.")}`);
      named.fire(endedName(title, "error"));
    },
    handleInput(data) {
      if (isRefused) return left.fire(undefined);
      if (exit) return left.fire(exit.exitCode ?? (exit.end === "exited" ? 0 : 1));
      const typed = withoutTerminalReplies(data);
      if (typed === "" || !screen) return;
      // The keyboard comes back to the desk, and with it the size of the desk's own terminal.
      if ((other || part) && own) screen.resize(own);
      screen.type(typed);
    },
    setDimensions({ columns, rows }) {
      own = { cols: columns, rows };
      if (exit || isRefused) return;
      if (!other) screen?.resize(own);
      if (!runSize) return;
      if (wantsPart() !== (part !== undefined)) startAgain();
      partChanged();
      override();
    },
    close() {
      disposables.dispose();
      closed();
    },
  };
}

const memberOf = (holder: Actor | undefined) => (holder?.kind === "member" ? holder : undefined);

/** What a person has to know comes first: the line is cut to the terminal. */
const partNote = ({ cols, rows }: TerminalSize, other: Actor | undefined) =>
  ` Part of ${other?.name ?? "somebody"}’s ${cols} × ${rows}. A key takes it back.`;

const sameSize = (a: TerminalSize, b: TerminalSize | undefined) => b?.cols === a.cols && b.rows === a.rows;

const endTexts: Record<Payload<"exit">["end"], (exit: Payload<"exit">) => string> = {
  exited: ({ exitCode, signal }) =>
    signal === undefined ? `The run ended with exit code ${exitCode ?? "unknown"}.` : `The run was ended by ${signal}.`,
  cancelled: ({ by }) => `The run was cancelled${by?.name ? ` by ${by.name}` : ""}.`,
  "timed-out": () => "The run took longer than it may and was ended.",
  lost: () => "The keeper of this run is gone, and the run with it.",
  failed: () => "The run could not be started.",
};
const endText = (exit: Payload<"exit">) => endTexts[exit.end](exit);

const esc = String.fromCharCode(0x1b);
const emptyEnd = new RegExp(`(?:\\r\\n)+(?:${esc}\\[\\d+;\\d+H)?$`);
/**
 * A screen for a terminal that is smaller than it was, as of a run that is over: the empty lines at its end would push
 * the text out of sight, and the place of its cursor would be wrong.
 */
const withoutEmptyEnd = (text: string): string => text.replace(emptyEnd, "\r\n");
