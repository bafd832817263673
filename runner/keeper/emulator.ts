import { Unicode11Addon } from "@xterm/addon-unicode11";
import { type IBufferCell, Terminal } from "@xterm/headless";
import { screenScrollbackLines } from "#runner/keeper/caps";
import { patchEraseAbove } from "#runner/keeper/emulator-patch";

/**
 * The terminal emulator and the parts of its inside that a snapshot needs. xterm 6.0 gives no other way to them; every
 * name of its inside that is used stands here, and the snapshot tests fail where one changes.
 */
export interface Emulator {
  readonly terminal: Terminal;
  readonly inside: EmulatorInside;
  /** Reads bytes to their end before it returns. */
  parse(bytes: Uint8Array): void;
  /** Whether nothing is half read: no sequence, no character. */
  isAtRest(): boolean;
}

/** The attributes of a cell, as xterm packs them (AttributeData.ts). */
export interface CellAttributes {
  readonly fg: number;
  readonly bg: number;
  readonly extended: { readonly _ext: number; readonly urlId: number };
}
export type Cell = CellAttributes & Pick<IBufferCell, "getChars" | "getWidth">;

export interface Line {
  readonly length: number;
  readonly isWrapped: boolean;
  loadCell(x: number, cell: Cell): Cell;
}

export interface ScreenBuffer {
  readonly lines: { readonly length: number; get(index: number): Line | undefined };
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: CellAttributes;
  readonly savedCharset: object | undefined;
}

export interface EmulatorInside {
  readonly _bufferService: {
    readonly cols: number;
    readonly rows: number;
    readonly buffers: { readonly normal: ScreenBuffer; readonly alt: ScreenBuffer; readonly active: ScreenBuffer };
  };
  readonly _charsetService: {
    readonly charset: object | undefined;
    readonly glevel: number;
    readonly _charsets: readonly (object | undefined)[];
  };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: {
      readonly applicationCursorKeys: boolean;
      readonly applicationKeypad: boolean;
      readonly bracketedPasteMode: boolean;
      readonly cursorBlink: boolean | undefined;
      readonly cursorStyle: "block" | "underline" | "bar" | undefined;
      readonly origin: boolean;
      readonly reverseWraparound: boolean;
      readonly sendFocus: boolean;
      readonly wraparound: boolean;
    };
  };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly _oscLinkService: { getLinkData(id: number): { readonly id?: string; readonly uri: string } | undefined };
  readonly optionsService: { readonly rawOptions: { readonly convertEol: boolean; readonly cursorBlink: boolean } };
  readonly _inputHandler: {
    parse(bytes: Uint8Array): void;
    readonly _curAttrData: CellAttributes;
    readonly _windowTitle: string;
    readonly _utf8Decoder: { readonly interim: Uint8Array };
    readonly _parser: { readonly currentState: number; readonly precedingJoinState: number };
  };
}

const groundState = 0;

export function createEmulator(cols: number, rows: number, scrollback = screenScrollbackLines): Emulator {
  const terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: "off" });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  const inside = (terminal as unknown as { readonly _core: EmulatorInside })._core;
  patchEraseAbove(terminal, inside);
  const input = inside._inputHandler;
  return {
    terminal,
    inside,
    parse: (bytes) => input.parse(bytes),
    isAtRest: () =>
      input._parser.currentState === groundState && input._utf8Decoder.interim.every((byte) => byte === 0),
  };
}
