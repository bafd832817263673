import { maxHeldSequenceBytes } from "#runner/keeper/caps";

/**
 * Finds, in a program's output, the escape sequences that want an answer or attention (ECMA-48, xterm's ctlseqs). It
 * reads along at the speed of the terminal and looks closely at nothing else: `CSI … m` is passed over byte by byte,
 * text is not looked at at all.
 */
export interface EscapeScanner {
  scan(bytes: Uint8Array): void;
}

export interface ScannerEvents {
  /**
   * A whole sequence without its ESC and terminator: `[?6n`, `]11;?`, `P$qm`.
   * @param terminator what ended an OSC, so that the answer ends in the same way
   * @param end where the sequence ends in the bytes that are being scanned
   */
  sequence(text: string, terminator: string, end: number): void;
  /** A BEL that is not the end of a sequence. */
  bell(): void;
}

const bel = 0x07;
const cancel = 0x18;
const substitute = 0x1a;
const esc = 0x1b;
const bracket = 0x5b;
const backslash = 0x5c;
/** Final bytes of the control sequences that may be questions: c n p q t. */
const askingFinals = new Set([0x63, 0x6e, 0x70, 0x71, 0x74]);
/** What opens a string that runs to ST: OSC `]`, DCS `P`, APC `_`, PM `^`, SOS `X`. */
const stringOpeners = new Set([0x5d, 0x50, 0x5f, 0x5e, 0x58]);
const osc = 0x5d;

export function createEscapeScanner(events: ScannerEvents): EscapeScanner {
  /** The start of a sequence that was cut at the end of the last read, from its ESC on. */
  let held: Uint8Array | undefined;
  /** Inside a string whose start was given up because it grew too long. */
  let skipping: "osc" | "other" | undefined;
  /** How many of the bytes in hand came with an earlier read. */
  let earlier = 0;

  /** @returns where the sequence at `start` ends, or -1 when it is cut */
  const sequenceEnd = (bytes: Uint8Array, start: number): number => {
    const kind = bytes[start + 1];
    if (kind === undefined) return -1;
    if (kind === bracket) return controlSequence(bytes, start);
    if (stringOpeners.has(kind)) return stringSequence(bytes, start, kind === osc);
    // Any other escape: its last byte may be yet to come, but it never is a question.
    return start + 2;
  };

  const controlSequence = (bytes: Uint8Array, start: number): number => {
    for (let i = start + 2; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === esc || byte === cancel || byte === substitute) return i;
      if (byte < 0x40 || byte > 0x7e) continue;
      if (askingFinals.has(byte)) events.sequence(textOf(bytes, start + 1, i + 1), "", i + 1 - earlier);
      return i + 1;
    }
    return -1;
  };

  const stringSequence = (bytes: Uint8Array, start: number, isOsc: boolean): number => {
    const end = stringEnd(bytes, start + 2, isOsc);
    if (!end) return -1;
    if (end.terminator !== "" && end.at - start <= maxHeldSequenceBytes) {
      events.sequence(textOf(bytes, start + 1, end.at), end.terminator, end.next - earlier);
    }
    return end.next;
  };

  const run = (bytes: Uint8Array) => {
    let from = 0;
    if (skipping) {
      const end = stringEnd(bytes, 0, skipping === "osc");
      if (!end) {
        held = bytes.at(-1) === esc ? Uint8Array.of(esc) : undefined;
        return;
      }
      skipping = undefined;
      from = end.next;
    }
    let nextBell = bytes.indexOf(bel, from);
    for (;;) {
      const start = bytes.indexOf(esc, from);
      const textEnd = start === -1 ? bytes.length : start;
      if (nextBell !== -1 && nextBell < from) nextBell = bytes.indexOf(bel, from);
      if (nextBell !== -1 && nextBell < textEnd) {
        events.bell();
        nextBell = bytes.indexOf(bel, textEnd);
      }
      if (start === -1) return;
      const end = sequenceEnd(bytes, start);
      if (end === -1) {
        hold(bytes, start);
        return;
      }
      from = end;
    }
  };

  const hold = (bytes: Uint8Array, start: number) => {
    if (bytes.length - start <= maxHeldSequenceBytes) {
      // Not `slice`: the one of a Buffer is a view of memory that the next read fills.
      held = Uint8Array.from(bytes.subarray(start));
      return;
    }
    const kind = bytes[start + 1] ?? 0;
    if (!stringOpeners.has(kind)) return;
    skipping = kind === osc ? "osc" : "other";
    if (bytes.at(-1) === esc) held = Uint8Array.of(esc);
  };

  return {
    scan(bytes) {
      earlier = held?.length ?? 0;
      if (!held) {
        run(bytes);
        return;
      }
      const joined = new Uint8Array(held.length + bytes.length);
      joined.set(held);
      joined.set(bytes, held.length);
      held = undefined;
      run(joined);
    },
  };
}

/** The end of a string: ST, BEL for an OSC, or anything that breaks it off. */
function stringEnd(
  bytes: Uint8Array,
  from: number,
  isOsc: boolean,
): { at: number; next: number; terminator: string } | undefined {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === bel && isOsc) return { at: i, next: i + 1, terminator: "\x07" };
    if (byte === cancel || byte === substitute) return { at: i, next: i + 1, terminator: "" };
    if (byte !== esc) continue;
    const after = bytes[i + 1];
    if (after === undefined) return undefined;
    if (after === backslash) return { at: i, next: i + 2, terminator: "\x1b\\" };
    return { at: i, next: i, terminator: "" };
  }
  return undefined;
}

/** These sequences are ASCII; a byte beyond stays one character, so that no length changes. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}
