import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { Preview } from "#protocol/documents";
import { errorStatus } from "#protocol/errors";
import { previewAnswerMs } from "#relay/caps";
import type { Admission } from "#relay/domain/preview-grants";
import type { DevServerRequests } from "#relay/previews/dev-server-requests";
import { headersForBrowser } from "#relay/previews/headers";
import { pathOf } from "#relay/previews/request-facts";
import { refuseUpgrade as refuse } from "#relay/sockets/refuse-upgrade";

/** A WebSocket of somebody who was let in. */
export interface PassedSocket {
  readonly preview: Preview;
  readonly admission: Admission;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
}

/**
 * Joins a browser's WebSocket with one of a dev server, byte by byte.
 * @throws BatonError before anything was sent
 */
export function passSocket(
  { preview, admission, request, socket, head }: PassedSocket,
  requests: DevServerRequests,
): void {
  const asked = requests.begin(preview, admission, {
    path: pathOf(request),
    headers: request.headers,
    isSocket: true,
    withinMs: previewAnswerMs,
  });
  socket.on("close", () => asked.destroy());
  let isAnswered = false;
  let problem: Error | undefined;
  asked.on("error", (error) => {
    problem = error;
  });
  asked.on("response", ({ statusCode = 502 }) => {
    isAnswered = true;
    // To a browser, what is below 300 would say that a socket is open.
    refuse(socket, statusCode < 300 ? 502 : statusCode);
    asked.destroy();
  });
  asked.on("upgrade", (answer: IncomingMessage, through: Duplex, first: Buffer) => {
    isAnswered = true;
    requests.underWay.add(through, { runnerId: preview.runnerId, admission });
    const shown = Object.entries(headersForBrowser(answer.headers, requests.addressOf(preview, admission)));
    const lines = shown.flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
    const start = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", ...lines];
    socket.write(`${start.join("\r\n")}\r\n\r\n`, "latin1");
    if (head.length > 0) socket.unshift(head);
    if (first.length > 0) through.unshift(first);
    pipeline(socket, through, socket, () => undefined);
    if (socket.destroyed) through.destroy();
  });
  asked.on("close", () => {
    if (!isAnswered) refuse(socket, errorStatus(requests.unanswered(preview, problem).code));
  });
  asked.end();
}
