/** The longest delay of `setTimeout`; with a longer one it calls back at once. */
const maxTimerMs = 2 ** 31 - 1;

export interface LongTimerOptions {
  /** Whether the process stays for it; as with `setTimeout` it does. */
  readonly keepsProcess?: boolean;
  /** The delay is waited for in pieces of at most this many milliseconds. */
  readonly pieceMs?: number;
}

/**
 * Calls back once after `delayMs`, however long that is.
 * @returns a function that cancels it
 */
export function startLongTimer(
  delayMs: number,
  callback: () => void,
  { keepsProcess = true, pieceMs = maxTimerMs }: LongTimerOptions = {},
): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    const waitMs = Math.min(leftMs, pieceMs);
    timer = setTimeout(() => (leftMs > waitMs ? arm(leftMs - waitMs) : callback()), waitMs);
    if (!keepsProcess) timer.unref();
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}
