import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import type { Run } from "#protocol/documents";
import { toUtf8 } from "#protocol/json";
import { decodePayload, type Payload } from "#protocol/payloads";
import { type RecordKind, recordKindName } from "#protocol/record";
import type { Connection } from "#sdk/connection";
import type { RunSink } from "#sdk/run-stream";
import { type RunWatch, watchRun } from "#sdk/run-watch";
import { createStore, type Readable } from "#sdk/vanilla-store";
import type { PreferenceStore } from "../model/preferences";
import { guardEraseAbove } from "./erase-above";
import { isFocusReport, muteReplies } from "./terminal-replies";
import { cellWidthRatio, terminalFont, terminalTheme } from "./terminal-theme";

export interface TerminalView {
  /** Whether something of the run is on the screen. */
  readonly painted: boolean;
  /** False while a person has scrolled up. */
  readonly following: boolean;
  readonly cols: number;
  readonly rows: number;
  /** Output that gave way at the run's cap, in bytes. */
  readonly missingBytes: number;
  readonly notices: readonly Payload<"notice">[];
}

/** How the run's own size meets the window: scaled down until it fits, or in the reader's font size. */
export type Scale = "fit" | "actual";

/** One run's terminal: its screen, its watch, and what a person does with it. It outlives the view that shows it. */
export interface TerminalSession {
  readonly element: HTMLElement;
  readonly watch: RunWatch;
  readonly view: Readable<TerminalView>;
  attach(parent: HTMLElement): void;
  detach(): void;
  /** Scales the screen to a window; the size of the run's terminal stays as it is. */
  scaleTo(widthPx: number, heightPx: number, scale: Scale): void;
  /** The terminal size that would fill the window in the reader's font size. */
  sizeFor(widthPx: number, heightPx: number): { cols: number; rows: number };
  follow(): void;
  focus(): void;
  find(text: string, direction: "next" | "previous"): void;
  clearFind(): void;
  /** The selected text or, without a selection, all of it. */
  text(): string;
  /** Types a key of the phone's keyboard row. */
  press(key: SoftKey): void;
  /** Holds Ctrl for the next character. */
  holdControl(held: boolean): void;
  dispose(): void;
}

/** Keys that a phone's keyboard lacks, as a terminal sends them: in normal and in application cursor mode. */
export const softKeys = {
  Esc: ["\u001b", "\u001b"],
  Tab: ["\t", "\t"],
  Up: ["\u001b[A", "\u001bOA"],
  Down: ["\u001b[B", "\u001bOB"],
  Left: ["\u001b[D", "\u001bOD"],
  Right: ["\u001b[C", "\u001bOC"],
} as const;
export type SoftKey = keyof typeof softKeys;

const minFontPx = 4;
/** A screen that is too high is scaled down to this size and scrolls from there on. */
const readableFontPx = 10;
const lineHeight = 1;
/** Height of a line of common monospace fonts, in parts of their size. */
const lineRatio = 1.2;
const maxNotices = 50;
/** WCAG 2.2, 1.4.3; also what VS Code's own terminal keeps. */
const minimumContrastRatio = 4.5;
const defaultSize = { cols: 80, rows: 24 };

export function createTerminalSession(run: Run, connection: Connection, preferences: PreferenceStore): TerminalSession {
  const element = document.createElement("div");
  element.className = "terminal-host";
  const size = run.size ?? defaultSize;
  const terminal = new Terminal({
    ...size,
    allowProposedApi: true,
    disableStdin: true,
    scrollback: preferences.get().scrollbackLines,
    fontSize: preferences.get().fontSizePx,
    lineHeight,
    screenReaderMode: preferences.get().screenReader,
    cursorInactiveStyle: "outline",
    macOptionIsMeta: true,
    // Programs were told of a dark screen, whatever theme this viewer has: what they paint must be readable on both.
    minimumContrastRatio,
  });
  muteReplies(terminal);
  guardEraseAbove(terminal);
  const search = new SearchAddon();
  terminal.loadAddon(search);
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  terminal.loadAddon(
    new WebLinksAddon((_event, address) => {
      window.open(address, "_blank", "noopener,noreferrer");
    }),
  );

  const view = createStore<TerminalView>({ painted: false, following: true, ...size, missingBytes: 0, notices: [] });
  const change = (next: Partial<TerminalView>) => view.set((current) => ({ ...current, ...next }));
  /** Runs when everything that was written before is on the screen. */
  const inOrder = (action: () => void) => terminal.write("", action);
  const resizeTo = (cols: number, rows: number) =>
    inOrder(() => {
      terminal.resize(cols, rows);
      change({ cols, rows });
    });

  /** What is shown of records that are no output; the other kinds have no place in a terminal. */
  const draw: Partial<Record<RecordKind, (payload: Uint8Array) => void>> = {
    resize(payload) {
      const { cols, rows } = decodePayload("resize", payload);
      resizeTo(cols, rows);
    },
    gap(payload) {
      const { bytes } = decodePayload("gap", payload);
      change({ missingBytes: view.get().missingBytes + bytes });
    },
    notice(payload) {
      const notice = decodePayload("notice", payload);
      change({ notices: [...view.get().notices, notice].slice(-maxNotices) });
    },
  };
  const sink: RunSink = {
    reset(snapshot) {
      inOrder(() => {
        terminal.reset();
        change({ missingBytes: 0, notices: [], painted: true });
      });
      if (!snapshot) return;
      resizeTo(snapshot.cols, snapshot.rows);
      terminal.write(snapshot.bytes);
    },
    record(record, consumed) {
      const kind = recordKindName(record.kind);
      if (kind === "output") {
        terminal.write(record.payload, consumed);
        return;
      }
      try {
        if (kind) draw[kind]?.(record.payload);
      } catch (error) {
        console.warn(`Record ${record.seq} is of a form that this page does not know; the others are shown.`, error);
      }
      consumed();
    },
    changed() {},
  };
  const watch = watchRun(connection, run.id, sink);

  let controlHeld = false;
  const type = (data: string) => {
    if (isFocusReport(data)) return;
    watch.type(toUtf8(controlHeld ? withControl(data) : data));
    controlHeld = false;
  };
  terminal.onData(type);
  terminal.onBinary((data) => watch.type(Uint8Array.from(data, (character) => character.charCodeAt(0))));
  // Without the lease no key belongs to the terminal, so that Tab and the page's own keys keep working.
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === "Escape" && event.shiftKey) {
      terminal.blur();
      return false;
    }
    return watch.state.get().lease.yours;
  });
  const stopLease = watch.state.subscribe(() => {
    terminal.options.disableStdin = !watch.state.get().lease.yours;
  });
  const onScroll = () => {
    const buffer = terminal.buffer.active;
    const following = buffer.viewportY >= buffer.baseY;
    if (following !== view.get().following) change({ following });
  };
  terminal.onScroll(onScroll);
  terminal.onWriteParsed(onScroll);
  // xterm tells of a person's scrolling only by the element that scrolls.
  element.addEventListener("wheel", () => requestAnimationFrame(onScroll), { passive: true });
  element.addEventListener("touchmove", () => requestAnimationFrame(onScroll), { passive: true });
  element.addEventListener("keyup", onScroll);
  element.addEventListener("pointerup", onScroll);

  const restyle = () => {
    terminal.options.theme = terminalTheme(element);
    terminal.options.fontFamily = terminalFont(element);
    terminal.options.scrollback = preferences.get().scrollbackLines;
    terminal.options.screenReaderMode = preferences.get().screenReader;
  };
  const themeObserver = new MutationObserver(restyle);
  themeObserver.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  const stopPreferences = preferences.subscribe(restyle);

  return {
    element,
    watch,
    view,
    attach(parent) {
      parent.append(element);
      if (!terminal.element) {
        restyle();
        terminal.open(element);
        terminal.textarea?.setAttribute("aria-label", "Terminal input");
      }
      watch.enter();
    },
    detach() {
      watch.leave();
      element.remove();
    },
    scaleTo(widthPx, heightPx, scale) {
      const preferred = preferences.get().fontSizePx;
      const ratio = cellWidthRatio(terminalFont(element));
      const byWidth = widthPx / (terminal.cols * ratio);
      const byHeight = Math.max(readableFontPx, heightPx / (terminal.rows * lineRatio));
      const fitting = Math.floor(Math.min(preferred, byWidth, byHeight) * 4) / 4;
      const fontSize = scale === "actual" ? preferred : Math.max(minFontPx, fitting);
      if (fontSize !== terminal.options.fontSize) terminal.options.fontSize = fontSize;
    },
    sizeFor(widthPx, heightPx) {
      const preferred = preferences.get().fontSizePx;
      const cols = Math.floor(widthPx / (preferred * cellWidthRatio(terminalFont(element))));
      const rows = Math.floor(heightPx / (preferred * lineRatio));
      return { cols: Math.max(20, Math.min(500, cols)), rows: Math.max(5, Math.min(300, rows)) };
    },
    follow() {
      terminal.scrollToBottom();
      onScroll();
    },
    focus: () => terminal.focus(),
    find(text, direction) {
      const options = { decorations: searchColours };
      if (direction === "next") search.findNext(text, options);
      else search.findPrevious(text, options);
      onScroll();
    },
    clearFind: () => search.clearDecorations(),
    text: () => terminal.getSelection() || allText(terminal),
    press(key) {
      type(softKeys[key][terminal.modes.applicationCursorKeysMode ? 1 : 0]);
      terminal.focus();
    },
    holdControl(held) {
      controlHeld = held;
      terminal.focus();
    },
    dispose() {
      stopLease();
      stopPreferences();
      themeObserver.disconnect();
      watch.dispose();
      terminal.dispose();
      element.remove();
    },
  };
}

const searchColours = {
  matchBackground: "#7a5a00",
  matchOverviewRuler: "#cca700",
  activeMatchBackground: "#b3541e",
  activeMatchColorOverviewRuler: "#f0883e",
};

/** The character that Ctrl makes of a letter; everything else stays. */
function withControl(data: string): string {
  const code = data.toUpperCase().charCodeAt(0);
  return data.length === 1 && code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : data;
}

function allText(terminal: Terminal): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    const text = line?.translateToString(true) ?? "";
    if (line?.isWrapped) lines.push((lines.pop() ?? "") + text);
    else lines.push(text);
  }
  return lines.join("\n").trimEnd();
}
