/** Aborts at Ctrl-C; the next one ends the process. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Error("interrupted")));
  process.once("SIGTERM", () => controller.abort(new Error("stopped")));
  return controller.signal;
}
