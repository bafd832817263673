import type { IncomingMessage } from "node:http";
import { requestMs } from "#relay/caps";

/**
 * Hangs up on a request that is not whole in time, so that nobody holds one open by sending it slowly.
 * @returns lifts the limit, for what may take as long as it needs
 */
export function wholeInTime(request: IncomingMessage): () => void {
  const timer = setTimeout(() => request.complete || request.destroy(), requestMs).unref();
  const lift = () => clearTimeout(timer);
  request.once("close", lift);
  return lift;
}
