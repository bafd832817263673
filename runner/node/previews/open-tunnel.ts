import type { TunnelOptions } from "#runner/node/previews/tunnel";

/** `serveTunnel`, which is loaded with the first one: most runners show nothing most of the time. */
export const openTunnel = async (options: TunnelOptions): Promise<void> =>
  (await import("#runner/node/previews/tunnel")).serveTunnel(options);
