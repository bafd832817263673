import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { Logger } from "pino";
import type { Preview } from "#protocol/documents";
import { BatonError, errorStatus } from "#protocol/errors";
import { pagePaths } from "#protocol/page-paths";
import { resetCodes, tunnelErrorHeader, tunnelPortHeader } from "#protocol/tunnel";
import { previewAnswerMs, previewStateMs } from "#relay/caps";
import type { Domain } from "#relay/domain/domain";
import type { Admission } from "#relay/domain/preview-grants";
import type { RateLimit } from "#relay/domain/rate-limit";
import type { Site } from "#relay/http/site";
import { wholeInTime } from "#relay/http/whole-in-time";
import { createAdmissions, notLetIn } from "#relay/previews/admissions";
import { headersForBrowser, headersForServer, type PreviewAddress } from "#relay/previews/headers";
import { insertTag } from "#relay/previews/insert-tag";
import { answerOwn, isOwnPath } from "#relay/previews/own-requests";
import {
  asksForFramedPage,
  headersForWholePage,
  headersOfPage,
  headersWithTag,
  type PageScript,
} from "#relay/previews/page-script";
import { sendPreviewError } from "#relay/previews/pages";
import type { PreviewSite } from "#relay/previews/preview-site";
import type { TunnelHub } from "#relay/previews/tunnel-hub";
import { createUnderWay } from "#relay/previews/under-way";
import { refuseUpgrade as refuse } from "#relay/sockets/refuse-upgrade";
import type { RunnerHub } from "#relay/sockets/runner-hub";

export interface PreviewServerDeps {
  readonly domain: Domain;
  readonly previewSite: PreviewSite;
  readonly site: Pick<Site, "publicUrl" | "addressOf">;
  /** Of addresses: what is sent by who is not signed in. */
  readonly publicRequests: RateLimit;
  readonly tunnels: TunnelHub;
  /** Absent: pages are shown as they are. */
  readonly pageScript: PageScript | undefined;
  readonly runners: Pick<RunnerHub, "isConnected">;
  readonly log: Logger;
}

/** Answers everything that was sent to the host name of a preview. */
export interface PreviewServer {
  request(request: IncomingMessage, response: ServerResponse, label: string): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, label: string): void;
  /** Ends what is under way for somebody whose grant is over. To be called several times a second. */
  sweep(): void;
}

export function createPreviewServer(deps: PreviewServerDeps): PreviewServer {
  const { domain, previewSite, pageScript, log } = deps;
  const { cookie, guestCookie } = previewSite;
  const addressOf = ({ label, body }: Preview, { framedBy = [] }: Admission): PreviewAddress => ({
    origin: previewSite.originOf(label),
    port: body.port,
    cookies: [cookie, guestCookie],
    frameAncestors: [previewSite.frameAncestors, ...framedBy].join(" "),
  });
  const find = (label: string): Preview => {
    const preview = domain.previews.byLabel(label);
    if (!preview) throw new BatonError("not_found", { what: "preview" });
    if (preview.closedAt !== undefined) throw new BatonError("preview_closed");
    return preview;
  };
  const admissions = createAdmissions(domain.previewGrants, previewSite);

  /** A runner that is here may still be making its tunnel: somebody has just asked for a port, or the relay is back. */
  const tunnelOf = async ({ runnerId }: Preview) => {
    if (deps.runners.isConnected(runnerId)) await deps.tunnels.made(runnerId);
  };

  /** It ends when the preview is closed, or whom it is for is let in no more. */
  const underWay = createUnderWay(domain.previewGrants.holds);
  domain.feed.subscribe(({ previews, members }) => {
    if (previews || members) underWay.endWhatIsOver();
  });
  domain.shares.onRevoked(underWay.endWhatIsOver);
  domain.sessions.onEnd(underWay.endWhatIsOver);
  const open = (
    preview: Preview,
    admission: Admission,
    request: Pick<IncomingMessage, "headers" | "url">,
    special: Record<string, string>,
  ): ClientHttp2Stream => {
    // It may have ended while the grant was looked at, and then nobody would end what begins now.
    find(preview.label);
    if (!domain.previewGrants.holds(admission)) throw notLetIn(admission.memberId === undefined);
    underWay.needRoom(preview.runnerId, admission);
    const session = deps.tunnels.get(preview.runnerId);
    const runner = domain.runners.get(preview.runnerId)?.body.name ?? "The runner";
    if (!session || session.closed || session.destroyed) throw new BatonError("runner_away", { runner });
    const { port } = preview.body;
    const stream = session.request(
      {
        ...headersForServer(request.headers, addressOf(preview, admission)),
        ":authority": `localhost:${port}`,
        ":scheme": "http",
        ":path": pathOf(request),
        [tunnelPortHeader]: String(port),
        ...special,
      },
      { endStream: special[":method"] !== "CONNECT" && !hasBody(request) },
    );
    // What an error means for whoever waits is said when the stream closes.
    stream.on("error", () => undefined);
    underWay.add(stream, preview.runnerId, admission);
    return stream;
  };
  /** What the runner says in place of the dev server. */
  const refusalIn = (headers: IncomingHttpHeaders, preview: Preview): BatonError | undefined => {
    const code = headers[tunnelErrorHeader];
    if (code === undefined) return undefined;
    return code === "preview_closed" ? new BatonError("preview_closed") : unanswered(preview);
  };
  const unanswered = ({ runnerId, body }: Preview) => {
    const runner = domain.runners.get(runnerId)?.body.name ?? "the runner";
    return new BatonError("preview_unanswered", { runner, port: body.port });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, label: string) => {
    // Whoever is let in may take as long as it needs to send something up.
    const lift = wholeInTime(request);
    const preview = find(label);
    const path = pathOf(request).split("?", 1)[0] ?? "";
    if (isOwnPath(path) && !isPagePath(path))
      return answerOwn(request, response, { preview, path }, { ...deps, admissions });
    const own = previewSite.originOf(label);
    if (isOfAnotherPage(request, own)) {
      throw new BatonError("origin_refused", { origin: request.headers.origin ?? "another page", expected: own });
    }
    await tunnelOf(preview);
    const admission = await admissions.need(request, preview);
    // Who left meanwhile is not heard to leave any more.
    if (response.destroyed) return;
    const parents = [...previewSite.dashboards, ...(admission.framedBy ?? [])];
    if (path === pagePaths.state) return tellState(preview, admission, request, response);
    if (isPagePath(path)) {
      if (!pageScript) throw new BatonError("not_found", { what: "page" });
      return pageScript.send(response, path, parents);
    }
    const getsScript = pageScript && preview.isPlain !== true && asksForFramedPage(request);
    const asked = getsScript ? { url: request.url, headers: headersForWholePage(request.headers) } : request;
    const stream = open(preview, admission, asked, { ":method": request.method ?? "GET" });
    lift();
    stream.setTimeout(previewAnswerMs, () => stream.close(resetCodes.cancel));
    response.on("close", () => stream.close(resetCodes.cancel));
    stream.on("response", (headers) => {
      stream.setTimeout(0);
      const refusal = refusalIn(headers, preview);
      if (refusal) return sendPreviewError(request, response, refusal);
      const status = Number(headers[":status"]);
      const tag = getsScript ? pageScript.tagFor(status, headers, parents) : undefined;
      const shown = headersForBrowser(headers, addressOf(preview, admission));
      try {
        response.writeHead(status, headersOfPage(tag ? headersWithTag(shown) : shown));
      } catch {
        // Headers that HTTP/1.1 does not know how to say.
        stream.close(resetCodes.cancel);
        return sendPreviewError(request, response, unanswered(preview));
      }
      // Whichever of them closes too early closes the other one, below.
      if (tag) pipeline(stream, insertTag(tag), response, () => undefined);
      else stream.pipe(response);
      // A page may wait for the headers alone; where there is more to say at once, they travel together.
      setImmediate(() => response.writableEnded || response.flushHeaders());
    });
    if (hasBody(request)) request.pipe(stream);
    stream.on("close", () => {
      // The server may answer before it has heard everything. The rest is let go, so that the answer is not lost.
      request.unpipe(stream);
      request.resume();
      if (!request.complete) wholeInTime(request);
      if (!response.headersSent) sendPreviewError(request, response, unanswered(preview));
      else if (!stream.readableEnded) response.destroy();
    });
  };

  /** For a page that waits for a server to come back. */
  const tellState = (
    preview: Preview,
    admission: Admission,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const stream = open(preview, admission, request, { ":method": "HEAD", ":path": "/" });
    stream.setTimeout(previewStateMs, () => stream.close(resetCodes.cancel));
    response.on("close", () => stream.close(resetCodes.cancel));
    stream.on("response", (headers) => {
      const refusal = refusalIn(headers, preview);
      if (refusal) sendPreviewError(request, response, refusal);
      else response.writeHead(204, { "Cache-Control": "no-store" }).end();
      stream.close(resetCodes.cancel);
    });
    stream.on("close", () => response.headersSent || sendPreviewError(request, response, unanswered(preview)));
  };

  const join = async (request: IncomingMessage, socket: Duplex, head: Buffer, label: string) => {
    const preview = find(label);
    const { origin, upgrade } = request.headers;
    if (upgrade?.toLowerCase() !== "websocket") throw new BatonError("method_not_allowed", { method: "Upgrade" });
    if (isOwnPath(pathOf(request))) throw new BatonError("not_found", { what: "page" });
    // Cookies travel with sockets that any page opens; where the page comes from cannot be hidden.
    const own = previewSite.originOf(label);
    if (origin !== own) throw new BatonError("origin_refused", { origin: origin ?? "nowhere", expected: own });
    await tunnelOf(preview);
    const admission = await admissions.need(request, preview);
    if (socket.destroyed) return;
    const stream = open(preview, admission, request, { ":method": "CONNECT", ":protocol": "websocket" });
    socket.on("close", () => stream.close(resetCodes.cancel));
    stream.on("response", (headers) => {
      const refusal = refusalIn(headers, preview);
      if (refusal) return refuse(socket, errorStatus(refusal.code));
      const status = Number(headers[":status"]);
      if (status !== 200) return refuse(socket, status);
      const shown = Object.entries(headersForBrowser(headers, addressOf(preview, admission)));
      const lines = shown.flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
      const start = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", ...lines];
      socket.write(`${start.join("\r\n")}\r\n\r\n`, "latin1");
      if (head.length > 0) socket.unshift(head);
      pipeline(socket, stream, socket, () => undefined);
    });
    stream.on("close", () => socket.destroy());
  };

  return {
    request(request, response, label) {
      answer(request, response, label).catch((error: unknown) => {
        if (!(error instanceof BatonError)) log.warn({ label, error: String(error) }, "a preview's request failed");
        const preview = domain.previews.byLabel(label);
        sendPreviewError(request, response, error, preview && `${deps.site.publicUrl}/previews/${preview.id}`);
      });
    },
    upgrade(request, socket, head, label) {
      socket.on("error", () => socket.destroy());
      join(request, socket, head, label).catch((error: unknown) => {
        refuse(socket, errorStatus(error instanceof BatonError ? error.code : "internal"));
      });
    },
    sweep: underWay.endWhatIsOver,
  };
}

const isPagePath = (path: string): boolean => Object.values<string>(pagePaths).includes(path);

/**
 * Whether a page of somebody else sent it. A browser keeps the cookie of a preview for everything that stands in one
 * window, other previews too; such a page may lead the browser here, and nothing more.
 */
function isOfAnotherPage({ method = "GET", headers }: IncomingMessage, own: string): boolean {
  const { origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
  // Browsers do not say it on plain http.
  if (site === undefined) return origin !== undefined && origin !== "null" && origin !== own;
  const isLedHere = mode === "navigate" && (method === "GET" || method === "HEAD");
  return site !== "same-origin" && site !== "none" && !isLedHere;
}

/** Whether anything comes behind the headers (RFC 9112, section 6.3). */
const hasBody = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** A client may name the whole address (RFC 9112, section 3.2.2); its host is not asked for twice. */
function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  if (url.startsWith("/") || url === "*" || !URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
