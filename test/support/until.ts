import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks until there is an answer, for what no event tells.
 * @throws Error that names `what` after `timeoutMs`
 */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 20_000): Promise<T> {
  for (const untilMs = performance.now() + timeoutMs; ; await delay(50)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > untilMs) throw new Error(`it did not happen within ${timeoutMs} ms: ${what}`);
  }
}
