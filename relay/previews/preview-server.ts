import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Preview } from "#protocol/documents";
import { BatonError, errorStatus } from "#protocol/errors";
import { pagePaths } from "#protocol/page-paths";
import { previewStateMs } from "#relay/caps";
import type { RateLimit } from "#relay/domain/rate-limit";
import type { Site } from "#relay/http/site";
import { wholeInTime } from "#relay/http/whole-in-time";
import { createAdmissions } from "#relay/previews/admissions";
import { createDevServerRequests, type DevServerRequestDeps } from "#relay/previews/dev-server-requests";
import { answerOwn, isOwnPath } from "#relay/previews/own-requests";
import type { PageScript } from "#relay/previews/page-script";
import { sendPreviewError } from "#relay/previews/pages";
import { type Passed, passRequest } from "#relay/previews/pass-request";
import { passSocket } from "#relay/previews/pass-socket";
import { hasBody, isOfAnotherPage, pathOf } from "#relay/previews/request-facts";
import { refuseUpgrade as refuse } from "#relay/sockets/refuse-upgrade";
import type { RunnerHub } from "#relay/sockets/runner-hub";

export interface PreviewServerDeps extends DevServerRequestDeps {
  readonly site: Pick<Site, "publicUrl" | "addressOf">;
  /** Of addresses: what is sent by who is not signed in. */
  readonly publicRequests: RateLimit;
  /** Absent: pages are shown as they are. */
  readonly pageScript: PageScript | undefined;
  readonly runners: Pick<RunnerHub, "isConnected">;
  readonly log: Logger;
}

/** Answers everything that was sent to the host name of a preview. */
export interface PreviewServer {
  request(request: IncomingMessage, response: ServerResponse, label: string): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, label: string): void;
  /** Ends what is over: grants, answers that do not come, idle connections. To be called several times a second. */
  sweep(): void;
}

export function createPreviewServer(deps: PreviewServerDeps): PreviewServer {
  const { domain, previewSite, pageScript, tunnels, log } = deps;
  const find = (label: string): Preview => {
    const preview = domain.previews.byLabel(label);
    if (!preview) throw new BatonError("not_found", { what: "preview" });
    if (preview.closedAt !== undefined) throw new BatonError("preview_closed");
    return preview;
  };
  const admissions = createAdmissions(domain.previewGrants, previewSite);
  /** A runner that is here may still be making its tunnel: somebody has just asked for a port, or the relay is back. */
  const tunnelOf = async ({ runnerId }: Preview) => {
    if (deps.runners.isConnected(runnerId)) await tunnels.made(runnerId);
  };
  const requests = createDevServerRequests(deps);
  const { underWay } = requests;
  domain.feed.subscribe(({ previews, members }) => {
    if (previews || members) underWay.endWhatIsOver();
  });
  domain.shares.onRevoked(underWay.endWhatIsOver);
  domain.sessions.onEnd(underWay.endWhatIsOver);

  const answer = async (request: IncomingMessage, response: ServerResponse, label: string) => {
    // Whoever is let in may take as long as it needs to send something up.
    const lift = hasBody(request) ? wholeInTime(request) : undefined;
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
    const passed = { preview, admission, request, response };
    const parents = [...previewSite.dashboards, ...(admission.framedBy ?? [])];
    if (path === pagePaths.state) return tellState(passed);
    if (isPagePath(path)) {
      if (!pageScript) throw new BatonError("not_found", { what: "page" });
      return pageScript.send(response, path, parents);
    }
    lift?.();
    passRequest(passed, { requests, pageScript, parents });
  };

  /** For a page that waits for a server to come back. */
  const tellState = ({ preview, admission, request, response }: Passed): void => {
    const { headers } = request;
    const asked = requests.begin(preview, admission, { method: "HEAD", path: "/", headers, withinMs: previewStateMs });
    response.on("close", () => asked.destroy());
    let problem: Error | undefined;
    asked.on("error", (error) => {
      problem = error;
    });
    asked.on("response", () => {
      response.writeHead(204, { "Cache-Control": "no-store" }).end();
      asked.destroy();
    });
    asked.on("close", () => {
      if (!response.headersSent) sendPreviewError(request, response, requests.unanswered(preview, problem));
    });
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
    if (!socket.destroyed) passSocket({ preview, admission, request, socket, head }, requests);
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
    sweep() {
      underWay.endWhatIsOver();
      tunnels.closeIdle();
    },
  };
}

const isPagePath = (path: string): boolean => Object.values<string>(pagePaths).includes(path);
