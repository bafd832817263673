import type { Context } from "mocha";

/**
 * Skips the running test, or in a `before` hook its whole suite, and says why. `npm test` lists the reasons at its
 * end; in CI every skip is a failure.
 * @param reason what this machine lacks, as a person would say it
 */
export function skipBecause(context: Context, reason: string): never {
  const runnable = context.runnable();
  const isHook = "type" in runnable && runnable.type === "hook";
  const marked = isHook ? runnable.parent : runnable;
  Object.assign(marked ?? runnable, { skipReason: reason });
  return context.skip();
}
