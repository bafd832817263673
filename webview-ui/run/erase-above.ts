import type { Terminal } from "@xterm/xterm";

/** The part of xterm's inside that is used here; a test fails where it changes. */
interface Inside {
  readonly _inputHandler: {
    _eraseInBufferLine(y: number, start: number, end: number, clearWrap: boolean, respectProtect: boolean): void;
    _resetBufferLine(y: number, respectProtect: boolean): void;
  };
}

const eraseAbove = 1;

/**
 * xterm 6.0 throws for `CSI 1 J` with the cursor in the last column of the last line there is: it looks at the line
 * below, and draws nothing any more from then on. Here the same is erased without that look.
 */
export function guardEraseAbove(terminal: Terminal): void {
  const { _inputHandler: handler } = (terminal as unknown as { readonly _core: Inside })._core;
  const erase = (what: number | number[] | undefined, respectProtect: boolean): boolean => {
    const { cursorX: x, cursorY: y, length } = terminal.buffer.active;
    if (what !== eraseAbove || x + 1 < terminal.cols || y + 1 < length) return false;
    handler._eraseInBufferLine(y, 0, terminal.cols, true, respectProtect);
    for (let above = y - 1; above >= 0; above--) handler._resetBufferLine(above, respectProtect);
    terminal.refresh(0, terminal.rows - 1);
    return true;
  };
  terminal.parser.registerCsiHandler({ final: "J" }, ([what]) => erase(what, false));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "J" }, ([what]) => erase(what, true));
}
