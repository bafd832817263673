import type { Run } from "#protocol/documents";
import { toUtf8 } from "#protocol/json";
import type { Connection } from "#sdk/connection";
import { type RunWatch, watchRun } from "#sdk/run-watch";
import { createStore, type Readable } from "#sdk/vanilla-store";
import type { PreferenceStore } from "../model/preferences";
import { newTerminal } from "./new-terminal";
import { type SoftKey, softKeys, withControl } from "./soft-keys";
import { isFocusReport } from "./terminal-replies";
import { fontSizeFor, readableFontPx, type Scale, sizeFilling } from "./terminal-scale";
import { createTerminalSink, type TerminalView } from "./terminal-sink";
import { terminalText } from "./terminal-text";
import { cellWidthRatio, terminalFont, terminalTheme, withoutCursor } from "./terminal-theme";

/** One run's terminal: its screen, its watch, and what a person does with it. It outlives the view that shows it. */
export interface TerminalSession {
  readonly element: HTMLElement;
  readonly watch: RunWatch;
  readonly view: Readable<TerminalView>;
  readonly keyboard: Readable<KeyboardHold>;
  attach(parent: HTMLElement): void;
  detach(): void;
  /** Scales the screen to a window; the size of the run's terminal stays as it is. */
  scaleTo(widthPx: number, heightPx: number, scale: Scale): void;
  /** The terminal size that would fill the window, in the reader's font size or, on a phone, the smallest readable one. */
  sizeFor(widthPx: number, heightPx: number, scale: Scale): { cols: number; rows: number };
  follow(): void;
  focus(): void;
  find(text: string, direction: "next" | "previous"): void;
  clearFind(): void;
  /** The selected text or, without a selection, all of it. */
  text(): string;
  /**
   * Asks for the input lease and puts the focus here at once; what is typed meanwhile is sent when it is there.
   * @throws BatonError as `RunWatch.takeLease`
   */
  takeKeyboard(): Promise<void>;
  /** Types a text, with the focus here from now on. */
  type(text: string): void;
  /** A run that is over takes no keys and has no cursor. */
  setOver(over: boolean): void;
  /** Types a key of the phone's keyboard row. */
  press(key: SoftKey): void;
  /** Holds Ctrl for the next character. */
  holdControl(held: boolean): void;
  dispose(): void;
}

/** Whether this viewer's keys go to the run: not at all, as soon as the lease is there, or now. */
export type KeyboardHold = "none" | "asking" | "held";

/** Keys that are kept while the lease is asked for. */
const maxKeptKeys = 1_000;
const defaultSize = { cols: 80, rows: 24 };

export function createTerminalSession(run: Run, connection: Connection, preferences: PreferenceStore): TerminalSession {
  const element = document.createElement("div");
  element.className = "terminal-host";
  const { terminal, search } = newTerminal(run.size ?? defaultSize, preferences.get());
  const { sink, view, change } = createTerminalSink(terminal);
  const watch = watchRun(connection, run.id, sink);

  let controlHeld = false;
  const keyboard = createStore<KeyboardHold>("none");
  let asking = false;
  let over = false;
  let kept: string[] = [];
  const type = (data: string) => {
    if (isFocusReport(data)) return;
    if (keyboard.get() === "asking" && kept.length < maxKeptKeys) kept.push(data);
    if (keyboard.get() !== "held") return;
    watch.type(toUtf8(controlHeld ? withControl(data) : data));
    controlHeld = false;
  };
  terminal.onData(type);
  terminal.onBinary((data) => {
    if (keyboard.get() === "held") watch.type(Uint8Array.from(data, (character) => character.charCodeAt(0)));
  });
  // Without the lease no key belongs to the terminal, so that Tab and the page's own keys keep working.
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === "Escape" && event.shiftKey) {
      terminal.blur();
      return false;
    }
    return keyboard.get() !== "none";
  });
  const syncKeyboard = () => {
    const { lease, phase } = watch.state.get();
    if (lease.yours || phase !== "live") asking = false;
    const next = over ? "none" : lease.yours ? "held" : asking ? "asking" : "none";
    if (next !== keyboard.get()) {
      terminal.options.disableStdin = next === "none";
      keyboard.set(next);
    }
    if (next === "asking") return;
    const keys = kept;
    kept = [];
    for (const data of keys) type(data);
  };
  const stopLease = watch.state.subscribe(syncKeyboard);
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
    const theme = terminalTheme(element);
    terminal.options.theme = over ? { ...theme, ...withoutCursor(theme) } : theme;
    terminal.options.cursorInactiveStyle = over ? "none" : "outline";
    terminal.options.fontFamily = terminalFont(element);
    terminal.options.scrollback = preferences.get().scrollbackLines;
    terminal.options.screenReaderMode = preferences.get().screenReader;
  };
  const themeObserver = new MutationObserver(restyle);
  themeObserver.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-theme", "class", "style"],
  });
  const stopPreferences = preferences.subscribe(restyle);
  const cellRatio = () => cellWidthRatio(terminalFont(element));

  return {
    element,
    watch,
    view,
    keyboard,
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
      const font = { preferredPx: preferences.get().fontSizePx, cellRatio: cellRatio() };
      const fontSize = fontSizeFor(terminal, { widthPx, heightPx }, font, scale);
      if (fontSize !== terminal.options.fontSize) terminal.options.fontSize = fontSize;
    },
    sizeFor(widthPx, heightPx, scale) {
      const fontPx = scale === "readable" ? readableFontPx : preferences.get().fontSizePx;
      return sizeFilling({ widthPx, heightPx }, fontPx, cellRatio());
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
    text: () => terminal.getSelection() || terminalText(terminal),
    async takeKeyboard() {
      asking = true;
      syncKeyboard();
      terminal.focus();
      try {
        await watch.takeLease();
      } catch (error) {
        asking = false;
        syncKeyboard();
        throw error;
      }
    },
    type(text) {
      terminal.focus();
      type(text);
    },
    setOver(next) {
      if (next === over) return;
      over = next;
      syncKeyboard();
      if (over && element.contains(document.activeElement)) terminal.blur();
      restyle();
    },
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
