import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { Logger } from "pino";
import type { Preview } from "#protocol/documents";
import { BatonError, errorStatus } from "#protocol/errors";
import { pagePaths } from "#protocol/page-paths";
import { maxTunnelHeaderBytes } from "#protocol/tunnel";
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
import { hasEnded } from "#relay/previews/port-connections";
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
  /** Begins a request to the dev server. It has a listener for errors, and nothing more. */
  const begin = (preview: Preview, admission: Admission, asks: Asks): ClientRequest => {
    // It may have ended while the grant was looked at, and then nobody would end what begins now.
    find(preview.label);
    if (!domain.previewGrants.holds(admission)) throw notLetIn(admission.memberId === undefined);
    underWay.needRoom(preview.runnerId, admission);
    const tunnel = deps.tunnels.get(preview.runnerId);
    const runner = domain.runners.get(preview.runnerId)?.body.name ?? "The runner";
    if (!tunnel) throw new BatonError("runner_away", { runner });
    const { method = "GET", path, isSocket = false, hasBody = false } = asks;
    const headers = headersForServer(asks.headers, addressOf(preview, admission));
    if (isSocket) Object.assign(headers, { connection: "Upgrade", upgrade: "websocket" });
    if (!hasBody) delete headers["content-length"];
    // Node does not say by itself where the body of a GET or a DELETE ends, and what follows its headers would be taken
    // for the next request of the connection, which is somebody else's.
    else if (headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
    const asked = http.request({
      agent: tunnel.connections,
      host: "localhost",
      port: preview.body.port,
      method,
      path,
      headers,
      setHost: false,
      maxHeaderSize: maxTunnelHeaderBytes,
    });
    // What an error means for whoever waits is said when the request closes.
    asked.on("error", () => undefined);
    underWay.add(asked, preview.runnerId, admission);
    return asked;
  };
  const unanswered = ({ runnerId, body }: Preview, error?: Error) => {
    if (error instanceof BatonError && error.code === "preview_closed") return error;
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
    const body = comesWithBody(request);
    lift();
    /** @param isAgain the first time, on a connection that was open already, had no answer */
    const ask = (isAgain: boolean) => {
      const asked = begin(preview, admission, {
        method: request.method,
        path: pathOf(request),
        headers: getsScript ? headersForWholePage(request.headers) : request.headers,
        hasBody: body,
      });
      let problem: Error | undefined;
      let isAnswered = false;
      const leave = () => asked.destroy();
      asked.setTimeout(previewAnswerMs, leave);
      response.on("close", leave);
      asked.on("error", (error) => {
        problem = error;
      });
      asked.on("response", (answered) => {
        isAnswered = true;
        // Once it answers, it may be silent for as long as it likes.
        asked.setTimeout(0);
        const tag = getsScript && pageScript.tagFor(answered.statusCode ?? 0, answered.headers, parents);
        const shown = headersForBrowser(answered.headers, addressOf(preview, admission));
        try {
          response.writeHead(answered.statusCode ?? 502, headersOfPage(tag ? headersWithTag(shown) : shown));
        } catch {
          // A status or a header that no answer may have.
          asked.destroy();
          return sendPreviewError(request, response, unanswered(preview));
        }
        const { socket } = answered;
        answered.on("end", () => {
          // Node takes a connection that was cut off for one that has ended.
          if (isEndedByConnection(asked.method, answered) && !hasEnded(socket)) response.destroy();
          // The server may answer before it has heard everything. The rest is let go, so that the answer is not lost.
          if (!asked.writableFinished) asked.destroy();
        });
        answered.on("error", () => undefined);
        answered.on("close", () => answered.complete || response.destroy());
        if (tag) pipeline(answered, insertTag(tag), response, () => undefined);
        else answered.pipe(response);
        // A page may wait for the headers alone; where there is more to say at once, they travel together.
        setImmediate(() => response.writableEnded || response.flushHeaders());
      });
      asked.on("close", () => {
        response.off("close", leave);
        request.unpipe(asked);
        request.resume();
        if (!request.complete) wholeInTime(request);
        if (isAnswered || response.headersSent) return;
        // A server may give up an idle connection at the very moment at which it is used again; browsers ask anew, too.
        const mayAskAgain = asked.reusedSocket && !isAgain && !body && safeMethods.has(asked.method);
        if (mayAskAgain && !response.destroyed) return orSay(preview, request, response, () => ask(true));
        sendPreviewError(request, response, unanswered(preview, problem));
      });
      if (body) request.pipe(asked);
      else asked.end();
    };
    ask(false);
  };
  const orSay = (preview: Preview, request: IncomingMessage, response: ServerResponse, work: () => void) => {
    try {
      work();
    } catch (error) {
      sendPreviewError(request, response, error instanceof BatonError ? error : unanswered(preview));
    }
  };

  /** For a page that waits for a server to come back. */
  const tellState = (
    preview: Preview,
    admission: Admission,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const asked = begin(preview, admission, { method: "HEAD", path: "/", headers: request.headers });
    asked.setTimeout(previewStateMs, () => asked.destroy());
    response.on("close", () => asked.destroy());
    let problem: Error | undefined;
    asked.on("error", (error) => {
      problem = error;
    });
    asked.on("response", () => {
      response.writeHead(204, { "Cache-Control": "no-store" }).end();
      asked.destroy();
    });
    asked.on("close", () => response.headersSent || sendPreviewError(request, response, unanswered(preview, problem)));
    asked.end();
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
    const asked = begin(preview, admission, { path: pathOf(request), headers: request.headers, isSocket: true });
    socket.on("close", () => asked.destroy());
    let isAnswered = false;
    let problem: Error | undefined;
    asked.on("error", (error) => {
      problem = error;
    });
    asked.on("response", ({ statusCode = 502 }) => {
      isAnswered = true;
      refuse(socket, statusCode < 300 ? 502 : statusCode);
      asked.destroy();
    });
    asked.on("upgrade", (answered: IncomingMessage, through: Duplex, first: Buffer) => {
      isAnswered = true;
      underWay.add(through, preview.runnerId, admission);
      const shown = Object.entries(headersForBrowser(answered.headers, addressOf(preview, admission)));
      const lines = shown.flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
      const start = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", ...lines];
      socket.write(`${start.join("\r\n")}\r\n\r\n`, "latin1");
      if (head.length > 0) socket.unshift(head);
      if (first.length > 0) through.unshift(first);
      pipeline(socket, through, socket, () => undefined);
      if (socket.destroyed) through.destroy();
    });
    asked.on("close", () => isAnswered || refuse(socket, errorStatus(unanswered(preview, problem).code)));
    asked.end();
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

/** What a dev server is asked. */
interface Asks {
  readonly method?: string | undefined;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Whether the server is to speak another protocol on the connection, a WebSocket's. */
  readonly isSocket?: boolean;
  readonly hasBody?: boolean;
}

/** May be asked twice (RFC 9110, section 9.2.1). */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a body goes on to the end of the connection (RFC 9112, section 6.3). */
const isEndedByConnection = (method: string, { statusCode, headers }: IncomingMessage): boolean =>
  method !== "HEAD" &&
  statusCode !== 204 &&
  statusCode !== 304 &&
  headers["content-length"] === undefined &&
  !/chunked\s*$/i.test(headers["transfer-encoding"] ?? "");

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
const comesWithBody = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** A client may name the whole address (RFC 9112, section 3.2.2); its host is not asked for twice. */
function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  if (url.startsWith("/") || url === "*" || !URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
