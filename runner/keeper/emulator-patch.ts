import type { EmulatorInside } from "#runner/keeper/emulator";

interface PatchableTerminal {
  readonly parser: {
    registerCsiHandler(
      id: { readonly prefix?: string; readonly final: string },
      handler: (params: (number | number[])[]) => boolean,
    ): unknown;
  };
}

interface ErasingInputHandler {
  _eraseInBufferLine(y: number, start: number, end: number, clearWrap: boolean, respectProtect: boolean): void;
  _resetBufferLine(y: number, respectProtect: boolean): void;
}

const eraseAbove = 1;

/**
 * xterm 6.0 throws for `CSI 1 J` with the cursor in the last column of the last line there is: it looks at the line
 * below. Here the same is erased without that look.
 */
export function patchEraseAbove(terminal: PatchableTerminal, inside: EmulatorInside): void {
  const handler = inside._inputHandler as unknown as ErasingInputHandler;
  const erase = (what: number | number[] | undefined, respectProtect: boolean): boolean => {
    const { cols, buffers } = inside._bufferService;
    const { x, y, lines } = buffers.active;
    if (what !== eraseAbove || x + 1 < cols || y + 1 < lines.length) return false;
    handler._eraseInBufferLine(y, 0, cols, true, respectProtect);
    for (let above = y - 1; above >= 0; above--) handler._resetBufferLine(above, respectProtect);
    return true;
  };
  terminal.parser.registerCsiHandler({ final: "J" }, ([what]) => erase(what, false));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "J" }, ([what]) => erase(what, true));
}
