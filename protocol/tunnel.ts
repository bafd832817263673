import * as z from "zod";
import { WireError } from "#protocol/errors";

/**
 * The tunnel between a runner and its relay, through which previews are seen: one WebSocket, dialled by the runner at
 * `/api/tunnel` when its link has given it a ticket. The runner's first message is `hello`, the relay's `ready`, both
 * text; behind them everything is binary and is HTTP/2 (RFC 9113) with the roles reversed, the relay being the client.
 * A request names its port in `tunnelPortHeader`; WebSockets cross by extended CONNECT (RFC 8441).
 */
export const ToRelayFromTunnel = z.object({ type: z.literal("hello"), ticket: z.string().max(200) });
export type ToRelayFromTunnel = z.infer<typeof ToRelayFromTunnel>;
export const ToTunnel = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("error"), error: WireError }),
]);
export type ToTunnel = z.infer<typeof ToTunnel>;

/** The port of the runner's machine that a request is for. The relay sets it; what a browser says of it is dropped. */
export const tunnelPortHeader = "baton-port";
/** Why the runner answers instead of the dev server: the code of an error. */
export const tunnelErrorHeader = "baton-error";

/** How a stream is ended (RFC 9113, section 7). Stood for by themselves, so that HTTP/2 is loaded with the first tunnel. */
export const resetCodes = { internalError: 0x2, cancel: 0x8 } as const;

/** Largest binary message of the tunnel: everything that may be under way, and frames and headers around it. */
export const maxTunnelMessageBytes = 1024 * 1024;
/** What one stream of the tunnel may have under way, in bytes … */
export const tunnelStreamWindowBytes = 256 * 1024;
/** … and all of them together: about 100 ms at 20 Mbit/s, so that a download delays no keystroke beside it by more. */
export const tunnelWindowBytes = 256 * 1024;
/** Requests of one tunnel at the same time. */
export const maxTunnelStreams = 1_000;
/** All headers of one request or answer together, in bytes. */
export const maxTunnelHeaderBytes = 64 * 1024;
