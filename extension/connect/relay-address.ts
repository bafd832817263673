import { isLoopbackHost } from "#protocol/loopback";

/** The origin of what was typed; https where no scheme was, http for this machine. */
export function relayAddress(typed: string): string | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text);
  const address = /^[a-z]+:\/\//i.test(text) ? text : `${isLocal ? "http" : "https"}://${text}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

/** Whether nobody but this computer reaches the address. */
export const isLoopback = (address: string): boolean =>
  URL.canParse(address) && isLoopbackHost(new URL(address).hostname);
