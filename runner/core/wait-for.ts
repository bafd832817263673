import type { RunnerHost } from "#runner/core/host";

/** Ends after `delayMs`, at the abort, or at the wake where there is one, whichever is first. */
export function waitFor(
  { clock }: Pick<RunnerHost, "clock">,
  delayMs: number,
  signal: AbortSignal,
  wake?: Promise<void>,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal.addEventListener("abort", done);
    void wake?.then(done);
    if (signal.aborted) done();
  });
}
