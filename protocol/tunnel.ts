import * as z from "zod";
import { WireError } from "#protocol/errors";

/**
 * The tunnel between a runner and its relay, through which previews are seen: one WebSocket, dialled by the runner at
 * `/api/tunnel` when its link has given it a ticket. The runner's first message is `hello`, the relay's `ready`, both
 * text; behind them everything is binary and is HTTP/2 (RFC 9113) with the roles reversed, the relay being the client.
 * Each of its streams is a connection to a port of the runner's machine, asked for by CONNECT `localhost:PORT` (section
 * 8.5), and on it the relay speaks HTTP/1.1 with the server there: many requests one after the other, or a WebSocket.
 */
export const ToRelayFromTunnel = z.object({ type: z.literal("hello"), ticket: z.string().max(200) });
export type ToRelayFromTunnel = z.infer<typeof ToRelayFromTunnel>;
export const ToTunnel = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("error"), error: WireError }),
]);
export type ToTunnel = z.infer<typeof ToTunnel>;

/** Why a runner makes no connection: the code of an error. */
export const tunnelErrorHeader = "baton-error";

/** Largest binary message of the tunnel: everything that may be under way, and frames and headers around it. */
export const maxTunnelMessageBytes = 1024 * 1024;
/** What one stream of the tunnel may have under way, in bytes … */
export const tunnelStreamWindowBytes = 256 * 1024;
/** … and all of them together: about 100 ms at 20 Mbit/s, so that a download delays no keystroke beside it by more. */
export const tunnelWindowBytes = 256 * 1024;
/** Requests of one tunnel at the same time … */
export const maxTunnelRequests = 1_000;
/** … and connections: some are kept for the next request. */
export const maxTunnelConnections = 1_500;
/** Headers of the tunnel's own, with which a connection is asked for and answered. */
export const maxTunnelHeaders = 20;
/** All headers of one request or answer together, in bytes. */
export const maxTunnelHeaderBytes = 64 * 1024;
