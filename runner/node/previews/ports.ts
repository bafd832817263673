import type { PortRules } from "#runner/core/host";
import type { NetworkSettings } from "#runner/node/network";
import { openTunnel } from "#runner/node/previews/open-tunnel";

/** Shows the ports of a list, and asks nobody about others. */
export const listedPorts = (
  allowed: () => readonly number[],
  network: () => NetworkSettings = () => ({}),
): PortRules => ({
  isAllowed: (port) => allowed().includes(port),
  ask: async () => false,
  serve: (tunnel) => openTunnel({ ...tunnel, network: network() }),
});
